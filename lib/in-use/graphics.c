// SPDX-License-Identifier: GPL-2.0-or-later
/* An NVIDIA card, or the switch between such cards, whose nodes processes have open: the
 * driver makes them by itself, so that sysfs does not know whose they are. */
#include <errno.h>

#include "common/str.h"
#include "in-use/internal.h"
#include "model/mdev.h"

/* NVIDIA's drivers number nodes of their own, which begin with the driver's name
 * ("nvidia0", "nvidia-nvswitch0"). An old driver does not show the number of the card,
 * and none that of a switch: all its nodes count then. */
static int add_nvidia_nodes(struct vprep_in_use *scan,
			    const struct vprep_pci_device *device, char ***nodes)
{
	static const char key[] = "Device Minor:";
	size_t prefix = strlen(device->driver);
	const char *minor = NULL, *text;
	size_t i, digits;
	int r;

	r = vprep_in_use_read(scan, VPREP_PROC, &text,
			      "driver/nvidia/gpus/%s/information", device->text.s);
	if (r == 0)
		r = vprep_in_use_load_holders(scan);
	if (text && (minor = strstr(text, key)))
		minor += sizeof(key) - 1 + strspn(minor + sizeof(key) - 1, " \t");
	for (i = 0; r == 0 && i < scan->holders.n; i++) {
		const char *node = scan->holders.items[i].node;

		if (strncmp(node, device->driver, prefix) != 0)
			continue;
		node += prefix;
		digits = strspn(node, "0123456789");
		if (digits == 0 || node[digits] != '\0' ||
		    (minor && (strspn(minor, "0123456789") != digits ||
			       strncmp(minor, node, digits) != 0)))
			continue;
		r = vprep_strv_add(nodes, scan->holders.items[i].node);
	}
	return r;
}

static int find_graphics(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			 struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	int r;

	/* the driver makes no node for a VF, which is a guest's only */
	if (device->vendor != VPREP_VENDOR_NVIDIA || device->has_physfn ||
	    !device->driver ||
	    (!streq(device->driver, "nvidia") &&
	     !streq(device->driver, "nvidia-nvswitch")))
		return 0;
	r = add_nvidia_nodes(scan, device, &nodes);
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}

const struct vprep_in_use_kind vprep_in_use_graphics = {
	.find = find_graphics,
};
