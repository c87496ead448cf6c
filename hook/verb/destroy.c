// SPDX-License-Identifier: GPL-2.0-or-later
/* destroy: remove a node device that was made. */
#include "verb.h"

static int destroy(const struct vprep_call *call)
{
	const char *name = call->args->names[0];

	return vprep_args_has(call->args, VPREP_OPT_BOOT)
		       ? vprep_node_device_destroy_declared(call->session, name,
							    call->err)
		       : vprep_node_device_destroy(call->session, name, call->err);
}

const struct vprep_verb vprep_verb_destroy = {
	.name = "destroy",
	.synopsis = "NAME",
	.summary = "remove a node device that was made",
	.about =
		"Removes a mediated device that vfio-prep made, or a vport, by the name "
		"of its SCSI host. One that an owner or the host uses is refused, and so "
		"is hardware. With --boot, what 'create --boot' declared is not declared "
		"any more, whether the device is there or not.",
	.example = "vfio-prep destroy scsi_host9",
	.options = VPREP_TAKES(VPREP_OPT_BOOT, VPREP_OPT_JSON),
	.option_help = { [VPREP_OPT_BOOT] = "remove its declaration, too" },
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_ONE,
	.one_name = "one node device",
	.changes_host = true,
	.answers_changes = true,
	.run = destroy,
};
