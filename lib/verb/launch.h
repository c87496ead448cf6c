/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of a launch: what the process that enters it must know. */
#ifndef VPREP_LAUNCH_H
#define VPREP_LAUNCH_H

#include "session/attach-context.h"

struct vprep_launching {
	struct vprep_launch launch; /* stands first, as this is what the caller has */
	struct vprep_pool *pool;    /* of what the caller has */
	struct vprep_attach_context context; /* of its devices */
	bool iommufd; /* devices whose domain does not care are used by their own nodes */
	bool uses_iommufd; /* one of the devices is used by its own node */
	bool knows_memory;
};

static inline const struct vprep_launching *
vprep_launching_of(const struct vprep_launch *launch)
{
	return (const struct vprep_launching *)(const void *)launch;
}

/* A user who is not root can only start a guest as himself. */
void vprep_launch_be_caller(struct vprep_node_owner *node_owner);

/* Makes the calling process that user, with his groups. -errno. */
int vprep_launch_become(const struct vprep_node_owner *node_owner);

#endif
