/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kinds of steps about PCI devices have in common. */
#ifndef VPREP_STEP_PCI_H
#define VPREP_STEP_PCI_H

#include "io/io.h"
#include "model/step.h"

/* 1: the step's device is still the one that the journal means, by its vendor << 16 |
 * device; 0, and a warning: it is gone, or another one is at its address. */
int vprep_step_is_of_device(struct vprep_io *io, const struct vprep_step *step,
			    int64_t pci_id, struct vprep_error *err);

/* Tells whether the step's device is gone, or another one is at its address. @pci_id is
 * negative where the journal does not know it. */
int vprep_step_compare_device(const struct vprep_io *io, const struct vprep_step *step,
			      int64_t pci_id, struct vprep_drift *drift);
/* Tells whether its driver is another one; @driver NULL: it is to have none. */
int vprep_step_compare_driver(const struct vprep_io *io, const struct vprep_step *step,
			      const char *driver, struct vprep_drift *drift);

/* Writes a number to an attribute of the step's device. */
int vprep_step_write_number(struct vprep_io *io, const struct vprep_step *step,
			    const char *attribute, int64_t number);

/* Whether a device of the driver that the step binds to may be open. */
bool vprep_step_may_be_open(const struct vprep_io *io, const struct vprep_step *step,
			    struct vprep_open_look *look);

#endif
