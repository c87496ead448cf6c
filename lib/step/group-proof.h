/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own word on a group, before its node is given away. */
#ifndef VPREP_STEP_GROUP_PROOF_H
#define VPREP_STEP_GROUP_PROOF_H

#include "step/context.h"

/*
 * Nobody has the group yet, so the kernel is asked whether it is viable and, with @whole,
 * whether user space gets its IOMMU: as QEMU will, the group is put into a container, and
 * taken out again. No device is opened. A group that is open already proves itself.
 * @name: of the step's device, for the message.
 */
int vprep_group_prove(const struct vprep_step_context *context, const char *node,
		      const char *name, bool whole, struct vprep_error *err);

#endif
