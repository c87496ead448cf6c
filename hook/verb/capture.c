// SPDX-License-Identifier: GPL-2.0-or-later
/* capture: what --sysroot looks at. */
#include <stdio.h>

#include "verb.h"

static int capture(struct vprep_session *session, const struct vprep_args *args,
		   struct vprep_out *out, struct vprep_error *err)
{
	(void)out;
	return vprep_capture(session, args->names[0],
			     vprep_args_has(args, VPREP_OPT_IDENTIFYING), err);
}

static const char *misuse(const struct vprep_args *args)
{
	return args->n_names == 1 ? NULL : "name one new folder";
}

static const struct vprep_verb_option options[] = {
	{ VPREP_OPT_IDENTIFYING, NULL },
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_capture = {
	.name = "capture",
	.synopsis = "DIR",
	.summary = "copy what this host looks like, for --sysroot elsewhere",
	.about =
		"Writes to the new folder DIR the parts of sysfs, of udev's database and "
		"of the tables in /proc that the other verbs look at, so that somebody "
		"else can look at this host with --sysroot DIR. MAC addresses, UUIDs, "
		"serial numbers and labels are replaced, each by the same one everywhere. "
		"Look through it before you pass it on.",
	.example = "vfio-prep capture /tmp/host && tar -C /tmp -czf host.tar.gz host",
	.options = options,
	.takes_names = true,
	.misuse = misuse,
	.run = capture,
};
