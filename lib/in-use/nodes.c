// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nodes of the device, or of what hangs on it, that processes have open: a disk by
 * another guest, a sound card, a serial line, a USB device, VFIO's own. Each character
 * and block device has its place in sysfs, so that no kind of device has to be known.
 */
#include <errno.h>

#include "common/str.h"
#include "host/holders.h"
#include "in-use/internal.h"

/* Who has these open listens only, and loses nothing when the device goes: a desktop does
 * so to every keyboard and mouse. */
static const char *const passive[] = { "input/", "hidraw" };

static bool is_passive(const char *node)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(passive); i++)
		if (strncmp(node, passive[i], strlen(passive[i])) == 0)
			return true;
	return false;
}

/* A disk that several controllers may reach has its node beside them. */
static int is_at(struct vprep_in_use *scan, const struct vprep_index_entry *entry,
		 const struct vprep_place *place)
{
	if (vprep_index_entry_is_at(entry, place))
		return 1;
	return place->pci ? vprep_is_behind_nvme(scan, entry, place->pci, NULL) : 0;
}

static int add_nodes(struct vprep_in_use *scan, const char *folder,
		     const struct vprep_place *place, char ***nodes)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, folder, &index);
	for (i = 0; r == 0 && i < index->n; i++) {
		_cleanup_free_ char *sysfs = NULL;
		_cleanup_free_ char *node = NULL;

		r = is_at(scan, &index->items[i], place);
		if (r <= 0)
			continue;
		sysfs = vprep_strf("%s/%s", folder, index->items[i].name);
		r = sysfs ? vprep_device_node(scan->io, sysfs, &node) : -ENOMEM;
		if (r == 0 && !is_passive(node))
			r = vprep_strv_add(nodes, node);
		r = vprep_in_use_ignore_absent(scan, r);
	}
	return r;
}

static int find_nodes(struct vprep_in_use *scan, const struct vprep_place *place,
		      struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	int r;

	r = add_nodes(scan, VPREP_CHAR_DEVICES, place, &nodes);
	if (r == 0)
		r = add_nodes(scan, "class/block", place, &nodes);
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}

const struct vprep_in_use_kind vprep_in_use_nodes = {
	.is_below = true,
	.find_at = find_nodes,
};
