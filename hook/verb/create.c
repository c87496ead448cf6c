// SPDX-License-Identifier: GPL-2.0-or-later
/* create: make a node device of libvirt's XML. */
#include "answer.h"
#include "common/cleanup.h"
#include "verb.h"

static int create(const struct vprep_call *call)
{
	bool boot = vprep_args_has(call->args, VPREP_OPT_BOOT);
	_cleanup_free_ char *name = NULL;
	int r = (boot ? vprep_node_device_create_declared : vprep_node_device_create)(
		call->session, call->document, call->document_len, &name, call->err);

	return r < 0 ? r
		     : vprep_answer_or_remove(call, name,
					      boot ? vprep_node_device_destroy_declared
						   : vprep_node_device_destroy);
}

const struct vprep_verb vprep_verb_create = {
	.name = "create",
	.synopsis = "FILE|-",
	.summary = "make a node device of libvirt's XML",
	.about =
		"Makes what a <device> asks for, as virsh nodedev-create does, and prints "
		"its name: a mediated device on its <parent>, or a virtual port (vport, "
		"NPIV) of a fibre channel host, with WWNs of its own when it has none. "
		"With --boot, it is declared in /etc/vfio-prep.d, too, so that it is there "
		"after each boot.",
	.example = "vfio-prep create vport.xml",
	.options = VPREP_TAKES(VPREP_OPT_BOOT, VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_FILE,
	.changes_host = true,
	.answers_changes = true,
	.run = create,
};
