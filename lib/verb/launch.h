/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of a launch: what the process that enters it must know. */
#ifndef VPREP_LAUNCH_H
#define VPREP_LAUNCH_H

#include "session/node-owner.h"
#include "model/usage.h"
#include "session/session.h"

struct vprep_launching {
	struct vprep_launch launch; /* first: it is this that the caller has */
	struct vprep_usages usages;
	struct vprep_node_owner node_owner;
	bool knows_memory;
};

static inline const struct vprep_launching *
vprep_launching_of(const struct vprep_launch *launch)
{
	return (const struct vprep_launching *)(const void *)launch;
}

/* Makes the calling process that user, with his groups. -errno. */
int vprep_launch_become(const struct vprep_node_owner *node_owner);

#endif
