/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a node is given to. */
#ifndef VPREP_SESSION_NODE_OWNER_H
#define VPREP_SESSION_NODE_OWNER_H

#include <sys/types.h>

#include "config/config.h"
#include "vfio-prep.h"

struct vprep_node_owner {
	uid_t uid;
	gid_t gid;
	bool fallback; /* the host has no QEMU user, or it is not known: it is root */
	char name[64]; /* for messages */
};

/*
 * "USER[:GROUP]" by name or number; NULL: the configuration's, else the distribution's
 * QEMU user. Without GROUP, the configuration's group, else the user's. -EINVAL
 * malformed; -ENOENT no such user or group. Where the configuration is of a captured
 * tree, this machine need not have them: root's numbers then, and `fallback`.
 */
int vprep_node_owner_find(const char *text, const struct vprep_config *config,
			  struct vprep_node_owner *ret, struct vprep_error *err);

/* The group that may open /dev/iommu, by the configuration. 1; 0: it does not say;
 * -ENOENT there is no such group. */
int vprep_iommu_group_find(const struct vprep_config *config, gid_t *ret,
			   struct vprep_error *err);

#endif
