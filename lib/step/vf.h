/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The step that sets a VF's MAC address and VLAN, by its PF. */
#ifndef VPREP_STEP_VF_H
#define VPREP_STEP_VF_H

#include "model/step.h"
#include "model/vf.h"

extern const struct vprep_step_kind vprep_step_vf_config;

/* Adds it for a VF that keeps its driver. @now: how the VF is, and known; @mac NULL and
 * @vlan -1: it stays so. -ENOMEM. */
int vprep_vf_config_add(struct vprep_steps *steps, const char *device,
			const struct vprep_vf *now, const uint8_t *mac, int vlan);

#endif
