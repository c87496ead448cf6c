// SPDX-License-Identifier: GPL-2.0-or-later
/* release: give back all that a domain holds. */
#include <stdio.h>

#include "common/str.h"
#include "verb.h"

static int release(const struct vprep_call *call)
{
	struct vprep_quoted domain = vprep_quote(call->args->names[0]);
	bool held = false;
	int r;

	r = vprep_args_has(call->args, VPREP_OPT_FORCE)
		    ? vprep_release(call->session, call->args->names[0], &held, call->err)
		    : vprep_release_stopped(call->session, call->args->names[0], &held,
					    call->err);
	if (r == 0 && !held && !vprep_args_has(call->args, VPREP_OPT_QUIET))
		fprintf(stderr, "vfio-prep: domain '%s' holds nothing\n", domain.text);
	return r;
}

const struct vprep_verb vprep_verb_release = {
	.name = "release",
	.synopsis = "NAME|UUID",
	.summary = "give back all that a domain holds",
	.about =
		"Gives the devices that prepare made ready for a domain back to the host "
		"as they were, from the journal: no XML is needed. A domain that holds "
		"nothing is no error. Refused while the guest runs; --force waits for "
		"its end instead, as long as deadline-unbind says, and ends nothing.",
	.example = "vfio-prep release web1",
	.options = VPREP_TAKES(VPREP_OPT_FORCE, VPREP_OPT_JSON),
	.option_help[VPREP_OPT_FORCE] = "wait for a guest that runs; it is not ended",
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_ONE,
	.one_name = "one domain, by its name or uuid",
	.changes_host = true,
	.answers_changes = true,
	.run = release,
};
