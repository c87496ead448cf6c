// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "common/str.h"
#include "in-use/storage.h"

#define CLASS_NVME 0x0108

void vprep_subsystems_done(struct vprep_subsystems *subsystems)
{
	while (subsystems->n > 0) {
		subsystems->n--;
		free(subsystems->items[subsystems->n].name);
		vprep_strv_free(subsystems->items[subsystems->n].members);
	}
	free(subsystems->items);
	*subsystems = (struct vprep_subsystems){ 0 };
}

static int read_subsystems(const struct vprep_io *io, char **names,
			   struct vprep_subsystems *subsystems)
{
	size_t i;
	int r;

	subsystems->items = calloc(vprep_strv_len(names) + 1, sizeof(*subsystems->items));
	if (!subsystems->items)
		return -ENOMEM;
	for (i = 0; names && names[i]; i++) {
		struct vprep_subsystem *subsystem = &subsystems->items[subsystems->n];

		r = vprep_io_list(io, VPREP_SYS, &subsystem->members,
				  "class/nvme-subsystem/%s", names[i]);
		if (r < 0 && vprep_in_use_is_absent(r))
			continue;
		if (r < 0)
			return r;
		subsystems->n++;
		if (vprep_str_replace(&subsystem->name, names[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int load_subsystems(struct vprep_in_use *scan)
{
	struct vprep_subsystems read = { .loaded = true };
	_cleanup_strv_ char **names = NULL;
	int r;

	if (scan->storage->subsystems.loaded)
		return 0;
	r = vprep_io_list(scan->io, VPREP_SYS, &names, "class/nvme-subsystem");
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	r = read_subsystems(scan->io, names, &read);
	if (r < 0)
		vprep_subsystems_done(&read);
	else
		scan->storage->subsystems = read;
	return r;
}

/* ".../nvme-subsystem/NAME/nvme0n1": the folder that the namespace lies in is NAME. */
static const struct vprep_subsystem *subsystem_of(const struct vprep_storage *storage,
						  const struct vprep_block *block)
{
	static const char folder[] = "/nvme-subsystem/";
	const char *at = strstr(block->entry->path, folder);
	size_t i, len;

	if (!at)
		return NULL;
	at += sizeof(folder) - 1;
	len = strcspn(at, "/");
	for (i = 0; i < storage->subsystems.n; i++) {
		const char *name = storage->subsystems.items[i].name;

		if (strlen(name) == len && strncmp(name, at, len) == 0)
			return &storage->subsystems.items[i];
	}
	return NULL;
}

/* A controller that died reaches nothing. */
static int is_live(struct vprep_in_use *scan, const char *controller)
{
	_cleanup_free_ char *state = NULL;
	int r;

	r = vprep_io_read(scan->io, VPREP_SYS, &state, "class/nvme/%s/state", controller);
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	return streq(state, "live");
}

static int note_sharing(struct vprep_in_use *scan,
			const struct vprep_subsystem *subsystem,
			const struct vprep_index *controllers,
			const struct vprep_pci_device *device, char **ret_note)
{
	size_t i;
	int r;

	for (i = 0; i < controllers->n; i++) {
		const struct vprep_index_entry *other = &controllers->items[i];

		if (!other->on_pci || vprep_index_entry_is_on(other, device) ||
		    !vprep_strv_has(subsystem->members, other->name))
			continue;
		r = is_live(scan, other->name);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		*ret_note = vprep_strf("shared with %s at %s", other->name,
				       vprep_pci_address_text(other->pci).s);
		return *ret_note ? 0 : -ENOMEM;
	}
	return 0;
}

int vprep_block_is_behind_nvme(struct vprep_in_use *scan, const struct vprep_block *block,
			       const struct vprep_pci_device *device, char **ret_note)
{
	const struct vprep_subsystem *subsystem;
	const struct vprep_index *controllers;
	size_t i;
	int r;

	if (device->class_code >> 8 != CLASS_NVME || block->entry->on_pci)
		return 0;
	r = vprep_in_use_index(scan, VPREP_INDEX_NVME, &controllers);
	if (r == 0)
		r = load_subsystems(scan);
	if (r < 0)
		return r;
	subsystem = subsystem_of(scan->storage, block);
	if (!subsystem)
		return 0;
	for (i = 0; i < controllers->n; i++) {
		const struct vprep_index_entry *controller = &controllers->items[i];

		if (!vprep_index_entry_is_on(controller, device) ||
		    !vprep_strv_has(subsystem->members, controller->name))
			continue;
		r = note_sharing(scan, subsystem, controllers, device, ret_note);
		return r < 0 ? r : 1;
	}
	return 0;
}
