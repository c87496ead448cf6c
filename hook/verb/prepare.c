// SPDX-License-Identifier: GPL-2.0-or-later
/* prepare and release: whole domains. */
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "message.h"
#include "quote.h"
#include "request.h"
#include "verb.h"

static int prepare(struct vprep_session *session, const struct vprep_args *args,
		   struct vprep_out *out, struct vprep_error *err)
{
	struct vprep_request request = vprep_request_from(args);
	_cleanup_free_ char *text = NULL;
	int r;

	(void)out;
	r = vprep_request_read_domain(&request, args->names[0], &text, err);
	return r < 0 ? r : vprep_prepare(session, &request, err);
}

static const struct vprep_verb_option prepare_options[] = {
	{ VPREP_OPT_USER, NULL },	  { VPREP_OPT_MODE, NULL },
	{ VPREP_OPT_GROUP_POLICY, NULL }, { VPREP_OPT_FORCE, NULL },
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_prepare = {
	.name = "prepare",
	.synopsis = "FILE|-",
	.summary = "make the host devices of a domain ready",
	.about = "Does for every host device that a libvirt domain XML names what attach "
		 "does, for all or none of them. Their owner is the domain, by its uuid. "
		 "What it holds already stays as it is, so it may be repeated.",
	.example = "virsh dumpxml --inactive web1 | vfio-prep prepare -",
	.options = prepare_options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = vprep_request_file_misuse,
	.run = prepare,
};

static int release(struct vprep_session *session, const struct vprep_args *args,
		   struct vprep_out *out, struct vprep_error *err)
{
	struct vprep_quoted domain = vprep_quote(args->names[0]);
	bool held = false;
	int r;

	(void)out;
	r = vprep_release(session, args->names[0], &held, err);
	if (r == 0 && !held && !vprep_args_has(args, VPREP_OPT_QUIET))
		fprintf(stderr, "vfio-prep: domain '%s' holds nothing\n", domain.text);
	return r;
}

static const char *release_misuse(const struct vprep_args *args)
{
	return args->n_names == 1 ? NULL : "name one domain, by its name or uuid";
}

static const struct vprep_verb_option release_options[] = {
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_release = {
	.name = "release",
	.synopsis = "NAME|UUID",
	.summary = "give back all that a domain holds",
	.about =
		"Gives the devices that prepare made ready for a domain back to the host "
		"as they were, from the journal: no XML is needed. A domain that holds "
		"nothing is no error.",
	.example = "vfio-prep release web1",
	.options = release_options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = release_misuse,
	.run = release,
};
