// SPDX-License-Identifier: GPL-2.0-or-later
/* show: everything about one node device. */
#include <stdio.h>

#include "cleanup.h"
#include "verb.h"

static int show(struct vprep_session *session, const struct vprep_args *args,
		struct vprep_out *out, struct vprep_error *err)
{
	bool json = vprep_args_has(args, VPREP_OPT_JSON);
	_cleanup_free_ char *text = NULL;
	int r;

	r = vprep_node_device_describe(session, args->names[0],
				       vprep_args_has(args, VPREP_OPT_XML)
					       ? VPREP_NODE_XML
				       : json ? VPREP_NODE_JSON
					      : VPREP_NODE_TEXT,
				       &text, err);
	if (r == 0)
		fprintf(out->to, json ? "%s\n" : "%s", text);
	return r;
}

static const char *misuse(const struct vprep_args *args)
{
	if (args->n_names != 1)
		return "name one device";
	return vprep_args_has(args, VPREP_OPT_XML) && vprep_args_has(args, VPREP_OPT_JSON)
		       ? "--xml and --json exclude each other"
		       : NULL;
}

static const struct vprep_verb_option options[] = {
	{ VPREP_OPT_XML, NULL },
	{ VPREP_OPT_JSON, NULL },
	{ VPREP_OPT_SYSROOT, NULL },
	{ VPREP_OPT_END, NULL },
};

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
	.options = options,
	.exits = VPREP_EXIT_REFUSED,
	.takes_names = true,
	.misuse = misuse,
	.run = show,
};
