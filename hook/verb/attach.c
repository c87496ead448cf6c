// SPDX-License-Identifier: GPL-2.0-or-later
/* attach: make devices ready for a virtual machine. */
#include "request.h"
#include "verb.h"

static int attach(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	int r = vprep_attach(call->session, &request, call->err);

	if (r == 0)
		call->out->stays =
			"the devices stay attached, and 'vfio-prep detach' gives them "
			"back";
	return r;
}

const struct vprep_verb vprep_verb_attach = {
	.name = "attach",
	.synopsis = "NAME...",
	.summary = "make devices ready for a virtual machine",
	.about = "Binds the named devices to a vfio driver and gives the nodes of "
		 "their IOMMU groups to the user that the virtual machine runs as. "
		 "The whole of each group is examined first, each step is proven by "
		 "reading back, and when one fails everything is undone.",
	.example = "vfio-prep attach 0000:05:10.1 --user qemu --owner fedora40",
	.options = VPREP_TAKES(VPREP_REQUEST_OPTIONS, VPREP_OPT_WAIT, VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_DEVICES,
	.changes_host = true,
	.answers_changes = true,
	.misuse = vprep_request_misuse,
	.run = attach,
};
