/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's block devices as a graph: disks, partitions, and what is stacked on them. */
#ifndef VPREP_IN_USE_BLOCKS_H
#define VPREP_IN_USE_BLOCKS_H

#include "in-use/internal.h"
#include "in-use/mounts.h"

/* A kind of block device that is made of others. */
struct vprep_stack_kind {
	const char *name; /* how its sysfs name starts */
	const char *uuid; /* how its device-mapper uuid starts, "" for any */
	const char *noun;
	const char *stop; /* the command that gives its parts back; NULL: none to name */
	bool by_path;	  /* the command takes a path, not a name */
};

struct vprep_block {
	const struct vprep_index_entry *entry;
	const struct vprep_stack_kind *kind;	/* NULL for a disk or a partition */
	const struct vprep_index_entry *parent; /* a partition's disk */
	char *backing;				/* a loop device's block device */

	bool known;	 /* what follows has been read */
	uint64_t number; /* 0 when it has none: no node, nothing to mount */
	char *node;	 /* below /dev */
	char *title;	 /* as people know it: "/dev/mapper/vg-root" */
	char **holders;

	unsigned seen;	/* the last walk that came by */
	bool explained; /* that walk found a use */
};

struct vprep_blocks {
	size_t n;
	struct vprep_block *items; /* in the order of the index */
	const struct vprep_index *index;
	bool backings_loaded;
	unsigned walk;
};

/* The block devices and their places; reads the index, and no device yet. */
int vprep_blocks_get(struct vprep_in_use *scan, struct vprep_blocks **ret);
struct vprep_block *vprep_blocks_find(struct vprep_blocks *blocks, const char *name);

/* Reads what is known of one device. */
int vprep_block_know(struct vprep_in_use *scan, struct vprep_block *block);

/* That the kernel exports a block device to other hosts. */
struct vprep_export {
	const char *block; /* its name in sysfs */
	const char *by;	   /* "NVMe target NQN/namespaces/1" */
	const char *tool;  /* that ends it */
};

/* *@ret is NULL for a block device that is not exported. */
int vprep_exports_find(struct vprep_in_use *scan, const char *block,
		       const struct vprep_export **ret);

#endif
