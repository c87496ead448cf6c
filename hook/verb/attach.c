// SPDX-License-Identifier: GPL-2.0-or-later
/* attach and detach: the verbs that take devices and give them back. */
#include <stddef.h>

#include "request.h"
#include "verb.h"

static int attach(struct vprep_session *session, const struct vprep_args *args,
		  struct vprep_out *out, struct vprep_error *err)
{
	const struct vprep_request request = vprep_request_from(args);

	(void)out; /* what was done comes as notices: stdout is for answers */
	return vprep_attach(session, &request, err);
}

static const struct vprep_verb_option attach_options[] = {
	VPREP_REQUEST_OPTIONS,
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_attach = {
	.name = "attach",
	.synopsis = "NAME...",
	.summary = "make devices ready for a virtual machine",
	.about = "Binds the named devices to a vfio driver and gives the nodes of "
		 "their IOMMU groups to the user that the virtual machine runs as. "
		 "The whole of each group is examined first, each step is proven by "
		 "reading back, and when one fails everything is undone.",
	.example = "vfio-prep attach 0000:05:10.1 --user qemu --owner fedora40",
	.options = attach_options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = vprep_request_misuse,
	.run = attach,
};

static const char *detach_misuse(const struct vprep_args *args)
{
	int ways = (args->n_names > 0) + vprep_args_has(args, VPREP_OPT_OWNER) +
		   vprep_args_has(args, VPREP_OPT_ALL);

	if (ways == 0)
		return "give device names, --owner ID or --all";
	return ways > 1 ? "give only one of device names, --owner and --all" : NULL;
}

static int detach(struct vprep_session *session, const struct vprep_args *args,
		  struct vprep_out *out, struct vprep_error *err)
{
	const struct vprep_detach_request release = {
		.names = args->n_names > 0 ? args->names : NULL,
		.owner = vprep_args_value(args, VPREP_OPT_OWNER),
		.all = vprep_args_has(args, VPREP_OPT_ALL),
	};

	(void)out;
	return vprep_detach(session, &release, err);
}

static const struct vprep_verb_option detach_options[] = {
	{ VPREP_OPT_OWNER, "all devices that ID holds" },
	{ VPREP_OPT_ALL, NULL },
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_detach = {
	.name = "detach",
	.synopsis = "NAME...|--owner ID|--all",
	.summary = "give devices back as they were",
	.about = "Gives devices back to the host with the driver, driver_override, "
		 "power setting, node permissions and udev rule that they had "
		 "before. What somebody else changed in the meantime is left alone, "
		 "with a warning.",
	.example = "vfio-prep detach --owner fedora40",
	.options = detach_options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = detach_misuse,
	.run = detach,
};
