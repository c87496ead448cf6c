// SPDX-License-Identifier: GPL-2.0-or-later
/* prepare: make the host devices of a domain ready. */
#include <stdio.h>

#include "common/cleanup.h"
#include "request.h"
#include "results.h"
#include "verb.h"

static const char *misuse(const struct vprep_args *args)
{
	return vprep_args_has(args, VPREP_OPT_FILL) &&
			       vprep_args_has(args, VPREP_OPT_JSON)
		       ? "--fill answers in XML, so leave out --json"
		       : NULL;
}

static int prepare(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	_cleanup_(vprep_filled_freep) struct vprep_filled *filled = NULL;
	int r;

	if (vprep_args_has(call->args, VPREP_OPT_FILL))
		r = vprep_prepare_filled(call->session, &request, &filled, call->err);
	else
		r = vprep_prepare(call->session, &request, call->err);
	if (r < 0)
		return r;
	if (filled)
		fputs(filled->xml, call->out->to);
	call->out->stays =
		"the devices stay prepared, and 'vfio-prep release' of the domain "
		"gives them back";
	return 0;
}

const struct vprep_verb vprep_verb_prepare = {
	.name = "prepare",
	.synopsis = "FILE|-",
	.summary = "make the host devices of a domain ready",
	.about = "Does for every host device that a libvirt domain XML names what attach "
		 "does, for all or none of them. Their owner is the domain, by its uuid. "
		 "What it holds already stays as it is, so it may be repeated. With "
		 "--fill, it chooses devices for declared names as the verb fill does, "
		 "and prints the XML with them.",
	.example = "virsh dumpxml --inactive web1 | vfio-prep prepare -",
	.options = VPREP_TAKES(VPREP_OPT_USER, VPREP_OPT_MODE, VPREP_OPT_GROUP_POLICY,
			       VPREP_OPT_FORCE, VPREP_OPT_NO_PROOF, VPREP_OPT_FILL,
			       VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_FILE,
	.changes_host = true,
	.answers_changes = true,
	.misuse = misuse,
	.run = prepare,
};
