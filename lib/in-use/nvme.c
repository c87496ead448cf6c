// SPDX-License-Identifier: GPL-2.0-or-later
/* Which disks a device reaches through an NVMe subsystem, which several may share. */
#include <errno.h>

#include "common/str.h"
#include "in-use/blocks.h"

#define CLASS_STORAGE 0x01 /* NVMe, and controllers that have such disks behind them */

/* Reads which controllers, among others, are in the subsystem that the namespace lies in:
 * the folder of ".../nvme-subsystem/NAME/nvme0n1" is NAME. */
static int load_subsystem(struct vprep_in_use *scan, struct vprep_block *block)
{
	static const char folder[] = "/nvme-subsystem/";
	const char *at = strstr(block->entry->path, folder);

	if (!at || block->subsystem)
		return 0;
	at += sizeof(folder) - 1;
	return vprep_in_use_list(scan, &block->subsystem, "class/nvme-subsystem/%.*s",
				 (int)strcspn(at, "/"), at);
}

/* A controller that died reaches nothing. */
static int is_live(struct vprep_in_use *scan, const char *controller)
{
	const char *state;
	int r;

	r = vprep_in_use_read(scan, VPREP_SYS, &state, "class/nvme/%s/state", controller);
	return r < 0 ? r : state && streq(state, "live");
}

static int note_sharing(struct vprep_in_use *scan, char *const *members,
			const struct vprep_index *controllers,
			const struct vprep_pci_device *device, const char **ret_note)
{
	size_t i;
	int r;

	for (i = 0; i < controllers->n; i++) {
		const struct vprep_index_entry *other = &controllers->items[i];

		if (!other->on_pci || vprep_index_entry_is_on(other, device) ||
		    !vprep_strv_has(members, other->name))
			continue;
		r = is_live(scan, other->name);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret_note =
			vprep_pool_strf(&scan->pool, "shared with %s at %s", other->name,
					vprep_pci_address_text(other->pci).s);
		return *ret_note ? 0 : -ENOMEM;
	}
	return 0;
}

int vprep_block_is_behind_nvme(struct vprep_in_use *scan, struct vprep_block *block,
			       const struct vprep_pci_device *device,
			       const char **ret_note)
{
	const struct vprep_index *controllers;
	size_t i;
	int r;

	if (device->class_code >> 16 != CLASS_STORAGE || block->entry->on_pci)
		return 0;
	r = load_subsystem(scan, block);
	if (r < 0 || !block->subsystem)
		return r;
	r = vprep_in_use_index(scan, "class/nvme", &controllers);
	if (r < 0)
		return r;
	for (i = 0; i < controllers->n; i++) {
		const struct vprep_index_entry *controller = &controllers->items[i];

		if (!vprep_index_entry_is_on(controller, device) ||
		    !vprep_strv_has(block->subsystem, controller->name))
			continue;
		r = note_sharing(scan, block->subsystem, controllers, device, ret_note);
		return r < 0 ? r : 1;
	}
	return 0;
}
