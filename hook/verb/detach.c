// SPDX-License-Identifier: GPL-2.0-or-later
/* detach: give devices back as they were. */
#include "verb.h"

static const char *misuse(const struct vprep_args *args)
{
	int ways = (args->n_names > 0) + vprep_args_has(args, VPREP_OPT_OWNER) +
		   vprep_args_has(args, VPREP_OPT_ALL);

	if (ways == 0)
		return "give device names, --owner ID or --all";
	return ways > 1 ? "give only one of device names, --owner and --all" : NULL;
}

static int detach(const struct vprep_call *call)
{
	const struct vprep_detach_request release = {
		.names = call->args->n_names > 0 ? call->args->names : NULL,
		.owner = vprep_args_value(call->args, VPREP_OPT_OWNER),
		.all = vprep_args_has(call->args, VPREP_OPT_ALL),
	};

	return vprep_detach(call->session, &release, call->err);
}

const struct vprep_verb vprep_verb_detach = {
	.name = "detach",
	.synopsis = "NAME...|--owner ID|--all",
	.summary = "give devices back as they were",
	.about = "Gives devices back to the host with the driver, driver_override, "
		 "power setting, node permissions and udev rule that they had "
		 "before. What somebody else changed in the meantime is left alone, "
		 "with a warning.",
	.example = "vfio-prep detach --owner fedora40",
	.options = VPREP_TAKES(VPREP_OPT_OWNER, VPREP_OPT_ALL, VPREP_OPT_JSON),
	.option_help[VPREP_OPT_OWNER] = "all devices that ID holds",
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_OWN,
	.changes_host = true,
	.answers_changes = true,
	.misuse = misuse,
	.run = detach,
};
