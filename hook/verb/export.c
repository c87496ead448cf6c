// SPDX-License-Identifier: GPL-2.0-or-later
/* export: the host as it is, as a file for apply. */
#include <stdio.h>

#include "common/cleanup.h"
#include "verb.h"

static int export(const struct vprep_call *call)
{
	_cleanup_free_ char *text = NULL;
	int r = vprep_export_declared(call->session, &text, call->err);

	if (r == 0)
		fputs(text, call->out->to);
	return r;
}

const struct vprep_verb vprep_verb_export = {
	.name = "export",
	.synopsis = "",
	.summary = "how the host is now, as a file for apply",
	.about =
		"Prints a file for /etc/vfio-prep.d that declares how the host is now: "
		"how many VFs there are and what their PFs say of them, which devices "
		"are on a driver for guests without an owner, which mediated devices and "
		"vports there are. What is exported is as declared: 'apply --check' finds no "
		"difference until something changes.",
	.example = "mkdir -p /etc/vfio-prep.d && "
		   "vfio-prep export > /etc/vfio-prep.d/host.conf",
	.options = VPREP_TAKES(VPREP_OPT_SYSROOT),
	.names = VPREP_NAMES_NONE,
	.run = export,
};
