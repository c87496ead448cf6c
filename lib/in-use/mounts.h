/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted and swapped to, by block device. */
#ifndef VPREP_IN_USE_MOUNTS_H
#define VPREP_IN_USE_MOUNTS_H

#include "in-use/internal.h"

struct vprep_mount {
	uint64_t number; /* vprep_block_number() */
	const char
		*block; /* by its source, where the number is an anonymous one; or NULL */
	const char *point;
	const char *swap_file; /* an active one on it, or NULL */
	bool has_root;	       /* a layer of the root, which is an overlay */
};

/* One line of mountinfo; the strings lie in it. */
struct vprep_mount_line {
	uint64_t number; /* vprep_block_number() */
	char *point;
	const char *type;    /* NULL: the line ends before it, as what follows */
	char *source;	     /* or NULL */
	const char *options; /* of the file system, or NULL */
};

/* False for a line that is none. */
bool vprep_mount_line_parse(char *line, struct vprep_mount_line *ret);

struct vprep_mounts {
	size_t n;
	struct vprep_mount *items;
	size_t n_swap_blocks;
	char **swap_blocks; /* sysfs names; NULL: none */
	size_t n_pools;
	char ***pools; /* the members of each btrfs that spans devices */
	/* The root is on a file system that does not show its devices (ZFS, bcachefs). */
	bool root_is_opaque;
	char *root_layers; /* the options of a root that is an overlay, or NULL */
};

/* What one block device is to the mounts; the strings belong to the table. */
struct vprep_mounted {
	size_t n;
	const char *point; /* the root if it is one of them */
	bool is_root;
	const char *swap_file;
};

/* Reads the tables into scan->mounts when they have not been read. */
int vprep_mounts_load(struct vprep_in_use *scan);

/* "8:1" as one number, never 0; -EINVAL. */
int vprep_block_number(const char *text, uint64_t *ret);

/* @number is 0 for a device without one. */
void vprep_mounts_of(const struct vprep_mounts *mounts, const char *block,
		     uint64_t number, struct vprep_mounted *ret);

/* The sysfs name of the block device behind a path of the host; *ret is NULL for a path
 * that is no device node. */
int vprep_block_of_node(struct vprep_in_use *scan, const char *path, char **ret);

#endif
