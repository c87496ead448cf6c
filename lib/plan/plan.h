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
	const struct vprep_step_kind *kind; /* that plans now */
	int result; /* -ENOMEM once memory was out: all is thrown away then */
};

/* Adds a step of the kind that plans; @group is -1 for one that goes with its device, not
 * with its group. Returns the kind's facts, all absent, to be filled in; NULL: there are
 * none, or memory is out. */
void *vprep_plan_add(struct vprep_planning *p, const char *device, int64_t group);
/* A fact is a copy of the text, which may be NULL. */
void vprep_plan_copy(struct vprep_planning *p, char **fact, const char *text);

/* The device of a group's steps. */
struct vprep_plan_group_name {
	char s[sizeof("group 4294967295")];
};

struct vprep_plan_group_name vprep_plan_group_name(const struct vprep_facts_group *g);
/* The device of the steps of one without a group: a function that becomes a vGPU is held
 * by another name than its own. */
const char *vprep_plan_device_name(const struct vprep_device *d);

#endif
