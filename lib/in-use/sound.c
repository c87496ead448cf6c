// SPDX-License-Identifier: GPL-2.0-or-later
/* A sound card whose nodes processes have open. */
#include "common/str.h"
#include "in-use/internal.h"

/* The card itself ("card0") has no node; its parts ("pcmC0D0p") have. */
static bool has_node(const char *name)
{
	return strncmp(name, "card", 4) != 0;
}

int vprep_in_use_sound(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		       struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	int r;

	r = vprep_in_use_class_nodes(scan, "class/sound", device, "snd", has_node,
				     &nodes);
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}
