// SPDX-License-Identifier: GPL-2.0-or-later
/* What people know a device by: its network interfaces and its disks. */
#include <errno.h>

#include "common/str.h"
#include "in-use/blocks.h"

static int add_interfaces(struct vprep_in_use *scan,
			  const struct vprep_pci_device *device, char ***names)
{
	const struct vprep_index *index;
	size_t i;
	int r = vprep_in_use_index(scan, "class/net", &index);

	for (i = 0; r == 0 && i < index->n; i++)
		if (vprep_index_entry_is_on(&index->items[i], device))
			r = vprep_strv_add(names, index->items[i].name);
	return r;
}

/* One of several paths to a namespace is a disk without a node. */
static bool is_hidden(struct vprep_in_use *scan, const struct vprep_block *block)
{
	uint64_t hidden = 0;

	return vprep_in_use_number(scan, 10, &hidden, "class/block/%s/hidden",
				   block->entry->name) == 0 &&
	       hidden;
}

static int add_disks(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     char ***names)
{
	struct vprep_blocks *blocks;
	size_t i;
	int r = vprep_blocks_get(scan, &blocks);

	for (i = 0; r == 0 && i < blocks->n; i++) {
		struct vprep_block *block = &blocks->items[i];
		int on = block->kind || block->parent
				 ? 0
				 : vprep_index_entry_is_on(block->entry, device);

		if (!on && !block->kind && !block->parent)
			on = vprep_is_behind_nvme(scan, block->entry, device, NULL);
		if (on < 0)
			r = on;
		else if (on && !is_hidden(scan, block))
			r = vprep_strv_add(names, block->entry->name);
	}
	return r;
}

int vprep_in_use_names(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		       char ***ret)
{
	_cleanup_strv_ char **names = NULL;
	const struct vprep_below *bare;
	size_t i;
	int r = vprep_in_use_below_pci(scan, device, &bare);

	for (i = 0; r == 0 && bare && bare->interfaces[i]; i++)
		r = vprep_strv_add(&names, bare->interfaces[i]);
	if (r == 0 && !bare)
		r = add_interfaces(scan, device, &names);
	if (r == 0 && !bare)
		r = add_disks(scan, device, &names);
	if (r == 0 && !names)
		names = calloc(1, sizeof(*names));
	if (r == 0 && !names)
		r = -ENOMEM;
	if (r == 0)
		*ret = TAKE_PTR(names);
	return r;
}
