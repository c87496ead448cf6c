// SPDX-License-Identifier: GPL-2.0-or-later
/* capture: copies what this host looks like, for --sysroot elsewhere. */
#include "common/str.h"
#include "message.h"
#include "verb.h"

static int capture(const struct vprep_call *call)
{
	const char *folder = call->args->names[0];
	int r = vprep_capture(call->session, folder,
			      vprep_args_has(call->args, VPREP_OPT_IDENTIFYING),
			      call->err);

	if (r == 0 && !vprep_args_has(call->args, VPREP_OPT_QUIET))
		vprep_message("%s is written: look through it before you pass it on; "
			      "the option --sysroot looks at it",
			      vprep_quote(folder).text);
	return r;
}

const struct vprep_verb vprep_verb_capture = {
	.name = "capture",
	.synopsis = "DIR",
	.summary = "copy what this host looks like, for --sysroot elsewhere",
	.about =
		"Writes to the new folder DIR the parts of sysfs, of udev's database and "
		"of the tables in /proc that the other verbs look at, so that somebody "
		"else can look at this host with --sysroot DIR. Addresses, UUIDs, world "
		"wide names, serial numbers, labels and the host's name are replaced, "
		"each by the same one everywhere. Look through it before you pass it on.",
	.example = "vfio-prep capture /tmp/host && tar -C /tmp -czf host.tar.gz host",
	.options = VPREP_TAKES(VPREP_OPT_IDENTIFYING, VPREP_OPT_JSON),
	.names = VPREP_NAMES_ONE,
	.one_name = "one new folder",
	.answers_changes = true,
	.run = capture,
};
