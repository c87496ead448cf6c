/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a device node. */
#ifndef VPREP_MODEL_NODE_H
#define VPREP_MODEL_NODE_H

#include <stdbool.h>
#include <sys/types.h>

/* A node below /dev and its rule file, as they are before anything is done. */
struct vprep_node_state {
	const char *path; /* below /dev; NULL: the kernel chooses it later */
	const char *rule; /* what its rule file holds already; NULL: there is none */
	bool exists;	  /* and belongs to: */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

#endif
