// SPDX-License-Identifier: GPL-2.0-or-later
/* A sound card whose nodes processes have open. */
#include "common/str.h"
#include "in-use/internal.h"

#define AUDIO 0x01
#define HD_AUDIO 0x03

/* The card itself ("card0") has no node; its parts ("pcmC0D0p") have. */
static bool has_node(const char *name)
{
	return strncmp(name, "card", 4) != 0;
}

static int find_sound(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		      struct vprep_uses *uses)
{
	uint32_t subclass = device->class_code >> 8 & 0xff;
	_cleanup_strv_ char **nodes = NULL;
	int r;

	if (subclass != AUDIO && subclass != HD_AUDIO)
		return 0;
	r = vprep_in_use_class_nodes(scan, "class/sound", device, "snd", has_node,
				     &nodes);
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}

const struct vprep_in_use_kind vprep_in_use_sound = {
	.class = 0x040000,
	.mask = 0xff0000,
	.find = find_sound,
};
