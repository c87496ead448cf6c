// SPDX-License-Identifier: GPL-2.0-or-later
/* prepare: make the host devices of a domain ready. */
#include "request.h"
#include "verb.h"

static int prepare(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);

	return vprep_prepare(call->session, &request, call->err);
}

const struct vprep_verb vprep_verb_prepare = {
	.name = "prepare",
	.synopsis = "FILE|-",
	.summary = "make the host devices of a domain ready",
	.about = "Does for every host device that a libvirt domain XML names what attach "
		 "does, for all or none of them. Their owner is the domain, by its uuid. "
		 "What it holds already stays as it is, so it may be repeated.",
	.example = "virsh dumpxml --inactive web1 | vfio-prep prepare -",
	.options = VPREP_TAKES(VPREP_OPT_USER, VPREP_OPT_MODE, VPREP_OPT_GROUP_POLICY,
			       VPREP_OPT_FORCE, VPREP_OPT_NO_PROOF, VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_FILE,
	.changes_host = true,
	.answers_changes = true,
	.run = prepare,
};
