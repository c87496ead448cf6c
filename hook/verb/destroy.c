// SPDX-License-Identifier: GPL-2.0-or-later
/* destroy: remove a node device that was made. */
#include "verb.h"

static int destroy(const struct vprep_call *call)
{
	return vprep_node_device_destroy(call->session, call->args->names[0], call->err);
}

const struct vprep_verb vprep_verb_destroy = {
	.name = "destroy",
	.synopsis = "NAME",
	.summary = "remove a node device that was made",
	.about =
		"Removes a mediated device that vfio-prep made, or a vport, by the name "
		"of its SCSI host. One that an owner or the host uses is refused, and so "
		"is hardware.",
	.example = "vfio-prep destroy scsi_host9",
	.options = VPREP_TAKES(VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_ONE,
	.one_name = "one node device",
	.changes_host = true,
	.answers_changes = true,
	.run = destroy,
};
