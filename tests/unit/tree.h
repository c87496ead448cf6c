/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary folder that stands for a host: DIR/sys, DIR/proc, DIR/dev, DIR/run. */
#ifndef VPREP_TESTS_UNIT_TREE_H
#define VPREP_TESTS_UNIT_TREE_H

#include <stddef.h>

#define TREE_PRINTF(n) __attribute__((format(printf, n, n + 1)))

struct tree {
	char dir[32];
	char *frozen; /* what it was when the test began to look */
	unsigned n_fds;
};

/* Every helper fails the test on an error of its own. */
struct tree *tree_new(void);
/* Fails when the tree changed after tree_freeze(), or fds were left open. */
void tree_free(struct tree *tree);
/* The host's tree is complete: what follows may only read. */
void tree_freeze(struct tree *tree);
/* For a test that changes it between two looks. */
void tree_thaw(struct tree *tree);

/* Parents are made as needed. A file is replaced. */
void tree_dir(struct tree *tree, const char *path, ...) TREE_PRINTF(2);
void tree_file(struct tree *tree, const char *content, const char *path, ...)
	TREE_PRINTF(3);
void tree_bytes(struct tree *tree, const void *content, size_t len, const char *path, ...)
	TREE_PRINTF(4);
void tree_link(struct tree *tree, const char *target, const char *path, ...)
	TREE_PRINTF(3);
void tree_remove(struct tree *tree, const char *path);

/* sys/DEVICES/NAME, and the link sys/FOLDER/NAME to it as sysfs has them; FOLDER has two
 * components ("class/block"), or three. */
void tree_device(struct tree *tree, const char *folder, const char *name,
		 const char *devices);

#endif
