/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step that sets a VF's MAC address, VLAN and other settings, by its PF. */
#ifndef VPREP_STEP_VF_H
#define VPREP_STEP_VF_H

#include "model/step.h"
#include "model/vf.h"

extern const struct vprep_step_kind vprep_step_vf_config;

/* Adds it for a VF that keeps its driver. @now: how the VF is, and known. -ENOMEM. */
int vprep_vf_config_add(struct vprep_steps *steps, const char *device,
			const struct vprep_vf *now, const struct vprep_vf_config *config);

#endif
