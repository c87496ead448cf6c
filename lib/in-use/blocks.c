// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "common/str.h"
#include "in-use/storage.h"

static const struct vprep_stack_kind kinds[] = {
	{ "dm-", "LVM-", "LVM volume", "lvchange -an", true },
	{ "dm-", "CRYPT-", "encrypted device", "cryptsetup close", false },
	{ "dm-", "mpath-", "multipath device", "multipath -f", false },
	{ "dm-", "", "device-mapper device", "dmsetup remove", false },
	{ "md", "", "RAID array", "mdadm --stop", true },
	{ "loop", "", "loop device", "losetup -d", true },
	{ "bcache", "", "cached device", NULL, false },
};

static const struct vprep_stack_kind *kind_of(const char *name, const char *uuid)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(kinds); i++)
		if (strncmp(name, kinds[i].name, strlen(kinds[i].name)) == 0 &&
		    strncmp(uuid, kinds[i].uuid, strlen(kinds[i].uuid)) == 0)
			return &kinds[i];
	return NULL;
}

/* The component before the last one of a path. */
static char *parent_name(const char *path)
{
	const char *end = strrchr(path, '/'), *start = end;

	while (start && start > path && start[-1] != '/')
		start--;
	return start ? strndup(start, (size_t)(end - start)) : strdup("");
}

static int place_block(const struct vprep_index_entry *entry,
		       const struct vprep_index *index, struct vprep_block *block)
{
	_cleanup_free_ char *parent = parent_name(entry->path);

	if (!parent)
		return -ENOMEM;
	block->entry = entry;
	block->parent = vprep_index_find(index, parent);
	block->kind = block->parent || entry->on_pci ? NULL : kind_of(entry->name, "");
	return 0;
}

int vprep_storage_get(struct vprep_in_use *scan, struct vprep_storage **ret)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	if (scan->storage) {
		*ret = scan->storage;
		return 0;
	}
	r = vprep_in_use_index(scan, VPREP_INDEX_BLOCK, &index);
	if (r < 0)
		return r;
	scan->storage = calloc(1, sizeof(*scan->storage));
	if (!scan->storage)
		return -ENOMEM;
	scan->storage->index = index;
	scan->storage->blocks = calloc(index->n + 1, sizeof(struct vprep_block));
	scan->storage->n = scan->storage->blocks ? index->n : 0;
	r = scan->storage->blocks ? 0 : -ENOMEM;
	for (i = 0; r == 0 && i < index->n; i++)
		r = place_block(&index->items[i], index, &scan->storage->blocks[i]);
	if (r < 0) {
		vprep_storage_free(scan->storage);
		scan->storage = NULL;
		return r;
	}
	*ret = scan->storage;
	return 0;
}

struct vprep_block *vprep_storage_find(struct vprep_storage *storage, const char *name)
{
	const struct vprep_index_entry *entry = vprep_index_find(storage->index, name);

	return entry ? &storage->blocks[entry - storage->index->items] : NULL;
}

void vprep_storage_free(struct vprep_storage *storage)
{
	size_t i;

	if (!storage)
		return;
	for (i = 0; i < storage->n; i++) {
		free(storage->blocks[i].backing);
		free(storage->blocks[i].node);
		free(storage->blocks[i].title);
		vprep_strv_free(storage->blocks[i].holders);
	}
	free(storage->blocks);
	vprep_subsystems_done(&storage->subsystems);
	vprep_mounts_done(&storage->mounts);
	free(storage);
}

/* An attribute of a block device; *ret stays NULL when it has none. */
static int read_optional(const struct vprep_in_use *scan, const struct vprep_block *block,
			 const char *attribute, char **ret)
{
	int r = vprep_io_read(scan->io, VPREP_SYS, ret, "class/block/%s/%s",
			      block->entry->name, attribute);

	return r < 0 && !vprep_in_use_is_absent(r) ? r : 0;
}

static int know_node(const struct vprep_in_use *scan, struct vprep_block *block)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *number = NULL;
	char *bang;
	int r;

	r = read_optional(scan, block, "dev", &number);
	if (r < 0)
		return r;
	if (!number || vprep_block_number(number, &block->number) < 0)
		block->number = 0;
	path = vprep_strf("class/block/%s/uevent", block->entry->name);
	if (!path)
		return -ENOMEM;
	free(block->node);
	r = vprep_in_use_value(scan, "DEVNAME", &block->node, path);
	if (r < 0 || block->node)
		return r;
	block->node = strdup(block->entry->name);
	if (!block->node)
		return -ENOMEM;
	while ((bang = strchr(block->node, '!')))
		*bang = '/';
	return 0;
}

static int know_mapping(const struct vprep_in_use *scan, struct vprep_block *block)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *uuid = NULL;
	int r;

	if (strncmp(block->entry->name, "dm-", 3) == 0) {
		r = read_optional(scan, block, "dm/name", &name);
		if (r == 0)
			r = read_optional(scan, block, "dm/uuid", &uuid);
		if (r < 0)
			return r;
	}
	if (uuid && block->kind)
		block->kind = kind_of(block->entry->name, uuid);
	free(block->title);
	block->title = name && *name ? vprep_strf("/dev/mapper/%s", name)
				     : vprep_strf("/dev/%s", block->node);
	return block->title ? 0 : -ENOMEM;
}

static int load_backings(struct vprep_in_use *scan)
{
	struct vprep_storage *storage = scan->storage;
	size_t i;
	int r;

	for (i = 0; i < storage->n && !storage->backings_loaded; i++) {
		struct vprep_block *loop = &storage->blocks[i];
		_cleanup_free_ char *file = NULL;

		if (strncmp(loop->entry->name, "loop", 4) != 0 || loop->parent)
			continue;
		r = read_optional(scan, loop, "loop/backing_file", &file);
		free(loop->backing);
		loop->backing = NULL;
		if (r == 0 && file)
			r = vprep_block_of_node(scan->io, file, &loop->backing);
		if (r < 0)
			return r;
	}
	storage->backings_loaded = true;
	return 0;
}

static int know_holders(struct vprep_in_use *scan, struct vprep_block *block)
{
	size_t i;
	int r;

	vprep_strv_free(block->holders);
	block->holders = NULL;
	r = vprep_io_list(scan->io, VPREP_SYS, &block->holders, "class/block/%s/holders",
			  block->entry->name);
	if (r == 0 || vprep_in_use_is_absent(r))
		r = load_backings(scan);
	if (r < 0)
		return r;
	/* A loop device does not claim the device that it was given. */
	for (i = 0; i < scan->storage->n; i++) {
		const struct vprep_block *loop = &scan->storage->blocks[i];

		if (loop->backing && streq(loop->backing, block->entry->name) &&
		    vprep_strv_add(&block->holders, loop->entry->name) < 0)
			return -ENOMEM;
	}
	return 0;
}

int vprep_block_know(struct vprep_in_use *scan, struct vprep_block *block)
{
	int r;

	if (block->known)
		return 0;
	r = know_node(scan, block);
	if (r == 0)
		r = know_mapping(scan, block);
	if (r == 0)
		r = know_holders(scan, block);
	block->known = r == 0;
	return r;
}
