/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a device node. */
#ifndef VPREP_MODEL_NODE_H
#define VPREP_MODEL_NODE_H

#include <stdbool.h>
#include <sys/types.h>

/* A node below /dev and its rule file, as they are before anything is done. */
struct vprep_node_state {
	const char *path;     /* below /dev; NULL: the kernel chooses it later */
	const char *rule;     /* what its rule file holds already; NULL: there is none */
	const char *our_rule; /* the same of one that vfio-prep wrote, for an owner */
	bool exists;	      /* and belongs to: */
	uid_t uid;
	gid_t gid;
	mode_t mode;

	/* Other rules on the host, as "FILE:LINE (ASSIGNMENT)": */
	const char *beaten_by; /* one that ours cannot win against */
	const char *rival;     /* one of which only udevd can tell */
	bool rule_first;       /* one assigns finally: ours must come before it */
};

#endif
