/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps for a request that the checks let pass. Pure. */
#ifndef VPREP_PLAN_PLAN_H
#define VPREP_PLAN_PLAN_H

#include "model/step.h"
#include "model/facts.h"
#include "vfio-prep.h"

/* The steps in the order of doing. -ENOMEM. */
int vprep_plan_build(const struct vprep_facts *facts,
		     const struct vprep_attach_options *options, struct vprep_steps *ret);

/* The steps as the public structure shows them. -ENOMEM. */
int vprep_plan_describe(const char *owner, const struct vprep_steps *steps,
			struct vprep_plan **ret);

#endif
