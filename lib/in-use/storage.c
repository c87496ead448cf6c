// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks of the device that are mounted, swapped to, exported, or part of something bigger.
 *
 * I1  A device's disks are walked upwards through partitions and holders, so that a file
 *     system is found however it is stacked.
 * I2  A use is named once, at the top of its stack. A holder is named when nothing above
 *     it has a use that could be named.
 * I3  The node itself is asked only about a disk without any such use: that costs an open.
 */
#include <errno.h>

#include "common/str.h"
#include "in-use/blocks.h"

/* Nobody stacks deeper; the limit keeps a made-up tree from using up our own stack. */
#define DEPTH_MAX 24

struct walk {
	struct vprep_in_use *scan;
	struct vprep_uses *uses;
	const char *sharing; /* NULL: this device only */
};

static void add_note(struct vprep_buf *notes, const char *note)
{
	vprep_buf_add(notes, notes->len ? ", " : " (");
	vprep_buf_add(notes, note);
}

/* What stands in brackets behind a use: "" or " (note, note)". */
static int notes_of(const struct walk *walk, const struct vprep_block *block,
		    const struct vprep_block *base, const struct vprep_mounted *mounted,
		    char **ret)
{
	_cleanup_buf_ struct vprep_buf notes = { 0 };

	if (mounted && mounted->is_root)
		add_note(&notes, "the root file system");
	if (mounted && mounted->n > 1) {
		add_note(&notes, "");
		vprep_buf_addf(&notes, "%zu more", mounted->n - 1);
	}
	if (mounted && mounted->swap_file) {
		add_note(&notes, "with the swap file ");
		vprep_buf_add(&notes, mounted->swap_file);
	}
	if (block != base) {
		add_note(&notes, "on ");
		vprep_buf_add(&notes, base->title);
	}
	if (walk->sharing)
		add_note(&notes, walk->sharing);
	if (notes.len)
		vprep_buf_add(&notes, ")");
	return vprep_buf_take(&notes, ret);
}

/* "COMMAND ARGUMENT", the argument quoted; NULL when out of memory. */
static char *command(const char *verb, const char *argument)
{
	_cleanup_free_ char *word = vprep_shell_word(argument);

	return word ? vprep_strf("%s %s", verb, word) : NULL;
}

static int add_mounts(const struct walk *walk, struct vprep_block *block,
		      const struct vprep_block *base)
{
	_cleanup_free_ char *notes = NULL;
	struct vprep_mounted mounted;
	int r;

	vprep_mounts_of(walk->scan->mounts, block->entry->name, block->number, &mounted);
	if (mounted.n == 0)
		return 0;
	r = notes_of(walk, block, base, &mounted, &notes);
	if (r < 0)
		return r;
	block->explained = true;
	return vprep_uses_add(
		walk->uses, mounted.is_root || mounted.swap_file,
		vprep_strf("%s is mounted at %s%s", block->title, mounted.point, notes),
		mounted.is_root ? strdup("the host runs from it: choose another device")
				: command("umount", mounted.point));
}

static int add_swap(const struct walk *walk, struct vprep_block *block,
		    const struct vprep_block *base)
{
	_cleanup_free_ char *notes = NULL;
	int r;

	if (!vprep_strv_has(walk->scan->mounts->swap_blocks, block->entry->name))
		return 0;
	r = notes_of(walk, block, base, NULL, &notes);
	if (r < 0)
		return r;
	block->explained = true;
	return vprep_uses_add(walk->uses, true,
			      vprep_strf("%s is active swap%s", block->title, notes),
			      command("swapoff", block->title));
}

static int add_export(const struct walk *walk, struct vprep_block *block,
		      const struct vprep_block *base)
{
	_cleanup_free_ char *notes = NULL;
	const struct vprep_export *export;
	int r = vprep_exports_find(walk->scan, block->entry->name, &export);

	if (r == 0 && export)
		r = notes_of(walk, block, base, NULL, &notes);
	if (r < 0 || !export)
		return r;
	block->explained = true;
	return vprep_uses_add(walk->uses, false,
			      vprep_strf("%s is exported to other hosts by %s%s",
					 block->title, export->by, notes),
			      vprep_strf("remove that with %s", export->tool));
}

static int add_holder(const struct walk *walk, struct vprep_block *block,
		      const struct vprep_block *base, const struct vprep_block *holder,
		      const char *name)
{
	const struct vprep_stack_kind *kind = holder ? holder->kind : NULL;
	const char *title = holder && holder->title ? holder->title : name;
	const char *slash = strrchr(title, '/');
	_cleanup_free_ char *notes = NULL;
	char *fix;
	int r;

	r = notes_of(walk, block, base, NULL, &notes);
	if (r < 0)
		return r;
	if (kind && kind->stop)
		fix = command(kind->stop, kind->by_path || !slash ? title : slash + 1);
	else
		fix = vprep_strf("stop %s", title);
	block->explained = true;
	return vprep_uses_add(walk->uses, false,
			      vprep_strf("%s is part of %s %s%s", block->title,
					 kind ? kind->noun : "block device", title,
					 notes),
			      fix);
}

static int add_claim(const struct walk *walk, struct vprep_block *block)
{
	struct vprep_io *io = walk->scan->io;
	_cleanup_free_ char *notes = NULL;
	int r;

	if (!io->live || !io->ops->block_is_claimed || block->number == 0)
		return 0;
	r = io->ops->block_is_claimed(io, block->node);
	if (r <= 0)
		return vprep_in_use_ignore_absent(walk->scan, r);
	r = notes_of(walk, block, block, NULL, &notes);
	if (r < 0)
		return r;
	block->explained = true;
	/* With a root on ZFS, this disk may be the root's: nobody can know. */
	return vprep_uses_add(walk->uses, walk->scan->mounts->root_is_opaque,
			      vprep_strf("%s is held by something else, such as ZFS or a "
					 "mount in another namespace%s",
					 block->title, notes),
			      command("fuser -v", block->title));
}

static int visit(const struct walk *walk, struct vprep_block *block,
		 const struct vprep_block *base, unsigned depth);

static int visit_partitions(const struct walk *walk, struct vprep_block *disk,
			    const struct vprep_block *base, unsigned depth)
{
	struct vprep_blocks *blocks = walk->scan->blocks;
	size_t i;
	int r;

	for (i = 0; i < blocks->n; i++) {
		struct vprep_block *part = &blocks->items[i];

		if (part->parent != disk->entry)
			continue;
		r = visit(walk, part, disk == base ? part : base, depth + 1);
		if (r < 0)
			return r;
		disk->explained |= part->explained;
	}
	return 0;
}

static int visit_holders(const struct walk *walk, struct vprep_block *block,
			 const struct vprep_block *base, unsigned depth)
{
	size_t i;
	int r;

	for (i = 0; block->holders && block->holders[i]; i++) {
		struct vprep_block *holder =
			vprep_blocks_find(walk->scan->blocks, block->holders[i]);

		r = holder ? visit(walk, holder, base, depth + 1) : 0;
		if (r == 0 && (!holder || !holder->explained))
			r = add_holder(walk, block, base, holder, block->holders[i]);
		if (r < 0)
			return r;
		block->explained = true;
	}
	return 0;
}

static int visit(const struct walk *walk, struct vprep_block *block,
		 const struct vprep_block *base, unsigned depth)
{
	int r;

	if (block->seen == walk->scan->blocks->walk)
		return 0;
	block->explained = false; /* what an earlier walk left */
	if (depth > DEPTH_MAX)
		return 0;
	block->seen = walk->scan->blocks->walk;
	r = vprep_block_know(walk->scan, block);
	if (r == 0)
		r = add_mounts(walk, block, base);
	if (r == 0)
		r = add_swap(walk, block, base);
	if (r == 0)
		r = add_export(walk, block, base);
	if (r == 0)
		r = visit_partitions(walk, block, base, depth);
	if (r == 0)
		r = visit_holders(walk, block, base, depth);
	if (r == 0 && !block->explained && block == base)
		r = add_claim(walk, block);
	return r;
}

/* With all that they have: then it is not their disks that are exported. */
static int find_exported_controllers(struct vprep_in_use *scan,
				     const struct vprep_place *place,
				     struct vprep_uses *uses)
{
	const struct vprep_index *controllers;
	const struct vprep_export *export;
	size_t i;
	int r = vprep_in_use_index(scan, "class/nvme", &controllers);

	for (i = 0; r == 0 && i < controllers->n; i++) {
		const char *name = controllers->items[i].name;

		if (!vprep_index_entry_is_at(&controllers->items[i], place))
			continue;
		r = vprep_exports_find(scan, name, &export);
		if (r == 0 && export)
			r = vprep_uses_add(
				uses, false,
				vprep_strf("controller %s is exported to other hosts by "
					   "%s",
					   name, export->by),
				vprep_strf("remove that with %s", export->tool));
	}
	return r;
}

static int find_storage(struct vprep_in_use *scan, const struct vprep_place *place,
			struct vprep_uses *uses)
{
	struct vprep_blocks *blocks;
	size_t i;
	int r;

	r = vprep_blocks_get(scan, &blocks);
	if (r < 0)
		return r;
	blocks->walk++;
	for (i = 0; i < blocks->n; i++) {
		struct vprep_block *block = &blocks->items[i];
		const char *sharing = NULL;
		struct walk walk = { .scan = scan, .uses = uses };

		if (block->parent)
			continue;
		r = vprep_index_entry_is_at(block->entry, place);
		if (r == 0 && place->pci)
			r = vprep_is_behind_nvme(scan, block->entry, place->pci,
						 &sharing);
		if (r > 0)
			r = vprep_mounts_load(scan);
		else if (r == 0)
			continue;
		walk.sharing = sharing;
		if (r == 0)
			r = visit(&walk, block, block, 0);
		if (r < 0)
			return r;
	}
	return find_exported_controllers(scan, place, uses);
}

const struct vprep_in_use_kind vprep_in_use_storage = {
	.is_below = true,
	.find_at = find_storage,
};
