// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the graph of block devices. */
#include <errno.h>

#include "common/str.h"
#include "in-use/blocks.h"

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

int vprep_blocks_get(struct vprep_in_use *scan, struct vprep_blocks **ret)
{
	struct vprep_blocks *blocks = scan->blocks;
	const struct vprep_index *index;
	size_t i;
	int r = 0;

	if (!blocks) {
		r = vprep_in_use_index(scan, "class/block", &index);
		if (r < 0)
			return r;
		blocks = vprep_pool_alloc(&scan->pool, 1, sizeof(*blocks));
		if (!blocks)
			return -ENOMEM;
		blocks->index = index;
		blocks->n = index->n;
		blocks->items =
			vprep_pool_alloc(&scan->pool, index->n, sizeof(*blocks->items));
		r = blocks->items ? 0 : -ENOMEM;
		for (i = 0; r == 0 && i < index->n; i++)
			r = place_block(&index->items[i], index, &blocks->items[i]);
	}
	if (r == 0)
		*ret = scan->blocks = blocks;
	return r;
}

struct vprep_block *vprep_blocks_find(struct vprep_blocks *blocks, const char *name)
{
	const struct vprep_index_entry *entry = vprep_index_find(blocks->index, name);

	return entry ? &blocks->items[entry - blocks->index->items] : NULL;
}

/* An attribute of a block device; *ret is NULL when it has none. */
static int read_attribute(struct vprep_in_use *scan, const struct vprep_block *block,
			  const char *attribute, const char **ret)
{
	return vprep_in_use_read(scan, VPREP_SYS, ret, "class/block/%s/%s",
				 block->entry->name, attribute);
}

static int know_node(struct vprep_in_use *scan, struct vprep_block *block)
{
	const char *number, *node;
	char *bang;
	int r;

	r = read_attribute(scan, block, "dev", &number);
	if (r < 0)
		return r;
	if (!number || vprep_block_number(number, &block->number) < 0)
		block->number = 0;
	node = vprep_in_use_uevent(scan, "DEVNAME", "class/block", block->entry->name);
	block->node = vprep_pool_dup(&scan->pool, node ? node : block->entry->name);
	if (!block->node)
		return -ENOMEM;
	while (!node && (bang = strchr(block->node, '!')))
		*bang = '/';
	return 0;
}

static int know_mapping(struct vprep_in_use *scan, struct vprep_block *block)
{
	const char *name = NULL, *uuid = NULL;
	int r = 0;

	if (strncmp(block->entry->name, "dm-", 3) == 0) {
		r = read_attribute(scan, block, "dm/name", &name);
		if (r == 0)
			r = read_attribute(scan, block, "dm/uuid", &uuid);
	}
	if (r < 0)
		return r;
	if (uuid && block->kind)
		block->kind = kind_of(block->entry->name, uuid);
	block->title = name && *name
			       ? vprep_pool_strf(&scan->pool, "/dev/mapper/%s", name)
			       : vprep_pool_strf(&scan->pool, "/dev/%s", block->node);
	return block->title ? 0 : -ENOMEM;
}

static int load_backings(struct vprep_in_use *scan, struct vprep_blocks *blocks)
{
	size_t i;
	int r;

	for (i = 0; i < blocks->n && !blocks->backings_loaded; i++) {
		struct vprep_block *loop = &blocks->items[i];
		const char *file;

		if (strncmp(loop->entry->name, "loop", 4) != 0 || loop->parent)
			continue;
		r = read_attribute(scan, loop, "loop/backing_file", &file);
		if (file)
			r = vprep_block_of_node(scan, file, &loop->backing);
		if (r < 0)
			return r;
	}
	blocks->backings_loaded = true;
	return 0;
}

static int know_holders(struct vprep_in_use *scan, struct vprep_block *block)
{
	struct vprep_blocks *blocks = scan->blocks;
	char **holders;
	size_t i, n;
	int r;

	r = vprep_in_use_list(scan, &holders, "class/block/%s/holders",
			      block->entry->name);
	if (r == 0)
		r = load_backings(scan, blocks);
	if (r < 0)
		return r;
	n = vprep_strv_len(holders);
	block->holders =
		vprep_pool_alloc(&scan->pool, n + blocks->n + 1, sizeof(*block->holders));
	if (!block->holders)
		return -ENOMEM;
	memcpy(block->holders, holders, n * sizeof(*holders));
	/* A loop device does not claim the device that it was given. */
	for (i = 0; i < blocks->n; i++) {
		const struct vprep_block *loop = &blocks->items[i];

		if (loop->backing && streq(loop->backing, block->entry->name))
			block->holders[n++] = (char *)loop->entry->name;
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
