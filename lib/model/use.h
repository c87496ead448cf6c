/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host does with a device. */
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
};

struct vprep_uses {
	size_t n;
	struct vprep_use *items;
};

void vprep_uses_done(struct vprep_uses *uses);

#endif
