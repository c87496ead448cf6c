/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host does with a device, and which owner has it. */
#ifndef VPREP_MODEL_USE_H
#define VPREP_MODEL_USE_H

#include <stdbool.h>
#include <stddef.h>

struct vprep_use {
	char *what; /* "/dev/nvme0n1p1 is mounted at /srv" */
	char *fix;  /* "umount /srv" */
	/* Holds for --force too: a mounted root or swap, or a VF that is prepared for a
	 * guest. */
	bool never_taken;
	bool is_open; /* a process has a node of it open */
};

struct vprep_uses {
	size_t n;
	struct vprep_use *items;
};

/* Why an owner is not to have a device, or a group, that somebody has. */
struct vprep_taken {
	const char *how; /* "belongs to owner 'manual'"; NULL: nobody has it */
	const char *fix; /* a command */
	bool going;	 /* it is being given back */
	bool mine;	 /* by the owner who asks */
};

void vprep_uses_done(struct vprep_uses *uses);

#endif
