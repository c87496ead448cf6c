/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps for a request that the checks let pass. Pure. */
#ifndef VPREP_PLAN_PLAN_H
#define VPREP_PLAN_PLAN_H

#include "model/facts.h"
#include "model/step.h"
#include "vfio-prep.h"

/* The steps in the order of doing: each kind of step adds its own. -ENOMEM. */
int vprep_plan_build(const struct vprep_facts *facts,
		     const struct vprep_attach_options *options, struct vprep_steps *ret);

/* The steps as the public structure shows them. -ENOMEM. */
int vprep_plan_describe(const char *owner, const struct vprep_steps *steps,
			struct vprep_plan **ret);

/* ---- for the kinds of steps ---- */

struct vprep_planning {
	const struct vprep_facts *facts;
	const struct vprep_attach_options *options;
	struct vprep_steps *steps;
	/* what is planned now: steps of which kind, for what */
	const struct vprep_step_kind *kind;
	const char *device;
	int64_t group; /* -1: they go with their device, not with a group */
	int result;    /* -ENOMEM once memory was out: all is thrown away then */
};

/* Adds a step of that kind for that device. Returns the kind's facts, all absent, to be
 * filled in; NULL: there are none, or memory is out. */
void *vprep_plan_add(struct vprep_planning *p);
/* A fact is a copy of the text, which may be NULL. */
void vprep_plan_copy(struct vprep_planning *p, char **fact, const char *text);

#endif
