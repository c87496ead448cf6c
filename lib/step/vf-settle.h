/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting until the host's drivers have come to new VFs. */
#ifndef VPREP_STEP_VF_SETTLE_H
#define VPREP_STEP_VF_SETTLE_H

#include "step/context.h"

/*
 * Returns when each VF of the PF is settled: its driver is bound, or is known not to
 * come, as the PF's sriov_drivers_autoprobe is off, no module is for such a device, or
 * its probe failed. What is not settled within @milliseconds is told in the log, and is
 * no error. -EINTR with a message when a signal came.
 */
int vprep_vfs_settle(const struct vprep_step_context *context, const char *pf,
		     int64_t milliseconds, struct vprep_error *err);

#endif
