/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step that changes how many VFs a PF has; the step's device is the PF. */
#ifndef VPREP_STEP_NUMVFS_H
#define VPREP_STEP_NUMVFS_H

#include "model/step.h"

struct vprep_numvfs_facts {
	char *driver; /* the PF's */
	int64_t vfs;
	int64_t was_vfs;
	int64_t pci_id;	   /* vendor << 16 | device */
	int64_t autoprobe; /* while they are made: 1 or 0; -1: left alone */
	int64_t was_autoprobe;
	int64_t was_driverless; /* 1: VFs were there, and new ones would have got drivers
				 * that these do not have */
};

extern const struct vprep_step_kind vprep_step_numvfs;

/* Writes the number of VFs of the step's device. A driver that is resetting its card is
 * asked again for a while: i40e says EAGAIN then, ice EBUSY. */
int vprep_step_set_numvfs(struct vprep_io *io, const struct vprep_step *step,
			  int64_t number);

#endif
