/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that only say whose a device is. */
#ifndef VPREP_STEP_CLAIM_H
#define VPREP_STEP_CLAIM_H

#include "model/step.h"

extern const struct vprep_step_kind vprep_step_claim;
extern const struct vprep_step_kind vprep_step_release;

#endif
