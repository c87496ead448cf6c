/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that stand for what was done, where their record is lost: recover writes them
 * from what is left, and then undoes them like others. */
#ifndef VPREP_STEP_ORPHAN_H
#define VPREP_STEP_ORPHAN_H

#include "io/io.h"
#include "model/step.h"

extern const struct vprep_step_kind vprep_step_orphan_bind, vprep_step_rule,
	vprep_step_cdev_permission;

/* Adds the binding of a PCI device, if its driver is a vfio one. -ENOMEM, and what
 * reading sysfs gives. */
int vprep_step_add_orphan_bind(const struct vprep_io *io, struct vprep_steps *steps,
			       const char *device, int64_t group);
/* Adds the rule file, as it was read. -ENOMEM. */
int vprep_step_add_orphan_rule(struct vprep_steps *steps, const char *device,
			       int64_t group, const char *directory, const char *file,
			       const char *content);
/* Adds the node, which goes back to root alone; @path NULL: VFIO's for this device.
 * -ENOMEM. */
int vprep_step_add_orphan_node(struct vprep_steps *steps, const char *device,
			       int64_t group, const char *path, uid_t uid, gid_t gid,
			       mode_t mode);

#endif
