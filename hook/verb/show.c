// SPDX-License-Identifier: GPL-2.0-or-later
/* show: everything about one node device. */
#include <stdio.h>

#include "common/cleanup.h"
#include "verb.h"

static int show(const struct vprep_call *call)
{
	bool json = vprep_args_has(call->args, VPREP_OPT_JSON);
	_cleanup_free_ char *text = NULL;
	int r;

	r = vprep_node_device_describe(call->session, call->args->names[0],
				       vprep_args_has(call->args, VPREP_OPT_XML)
					       ? VPREP_NODE_XML
				       : json ? VPREP_NODE_JSON
					      : VPREP_NODE_TEXT,
				       &text, call->err);
	if (r == 0)
		fprintf(call->out->to, json ? "%s\n" : "%s", text);
	return r;
}

static const char *misuse(const struct vprep_args *args)
{
	return vprep_args_has(args, VPREP_OPT_XML) && vprep_args_has(args, VPREP_OPT_JSON)
		       ? "--xml and --json exclude each other"
		       : NULL;
}

const struct vprep_verb vprep_verb_show = {
	.name = "show",
	.synopsis = "NAME",
	.summary = "everything about one node device",
	.about =
		"Shows a device of the host: its driver, its place and its capability with "
		"all that belongs to it. The name is one that list gives, a PCI address, a "
		"network interface, a disk, or a path in sysfs. --xml is libvirt's node "
		"device XML, --json what oVirt shows.",
	.example = "vfio-prep show pci_0000_05_10_1 --xml",
	.options = VPREP_TAKES(VPREP_OPT_XML, VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_ONE,
	.one_name = "one device",
	.misuse = misuse,
	.run = show,
};
