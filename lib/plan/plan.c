// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <errno.h>
#include <stdio.h>

#include "common/str.h"

void *vprep_plan_add(struct vprep_planning *p, const char *device, int64_t group)
{
	struct vprep_step *step;
	int r = vprep_steps_add(p->steps, p->kind, device, &step);

	if (r < 0) {
		p->result = r;
		return NULL;
	}
	step->group = group;
	return step->facts;
}

void vprep_plan_copy(struct vprep_planning *p, char **fact, const char *text)
{
	int r = vprep_str_replace(fact, text);

	if (r < 0)
		p->result = r;
}

struct vprep_plan_group_name vprep_plan_group_name(const struct vprep_facts_group *g)
{
	struct vprep_plan_group_name name;

	snprintf(name.s, sizeof(name.s), "group %u", g->group->number);
	return name;
}

const char *vprep_plan_device_name(const struct vprep_device *d)
{
	return d->held_as ? d->held_as : d->name;
}

/* The node of a member alone goes with it, not with its group. */
static void plan_members(struct vprep_planning *p, const struct vprep_facts_group *g)
{
	const struct vprep_step_kind *kind = p->kind;
	size_t i;

	for (i = 0; i < g->group->n_members; i++) {
		const struct vprep_facts_member *m = &g->members[i];

		if (kind->plan_member)
			kind->plan_member(p, g, m);
		if (kind->plan_cdev && p->facts->cdevs && m->device && !m->claimed)
			kind->plan_cdev(p, m->member->name, &m->device->cdev);
	}
}

/* A function that becomes a vGPU keeps its driver, and has no node of its own then. */
static void plan_devices(struct vprep_planning *p)
{
	const struct vprep_step_kind *kind = p->kind;
	size_t i;

	for (i = 0; i < p->facts->devices->n; i++) {
		const struct vprep_device *d = &p->facts->devices->items[i];

		if (d->kind->has_group || d->claimed)
			continue;
		if (kind->plan_device)
			kind->plan_device(p, d);
		if (kind->plan_cdev && p->facts->cdevs && d->kind->is_vfio && !d->held_as)
			kind->plan_cdev(p, d->name, &d->cdev);
	}
}

static void plan_kind(struct vprep_planning *p)
{
	size_t i;

	for (i = 0; p->kind->plan_group && i < p->facts->n_groups; i++)
		p->kind->plan_group(p, &p->facts->groups[i]);
	for (i = 0; i < p->facts->n_groups; i++)
		plan_members(p, &p->facts->groups[i]);
	plan_devices(p);
}

int vprep_plan_build(const struct vprep_facts *facts,
		     const struct vprep_attach_options *options, struct vprep_steps *ret)
{
	struct vprep_steps steps = { 0 };
	struct vprep_planning p = { facts, options, &steps, NULL, 0 };
	size_t i;

	for (i = 0; vprep_step_kinds[i]; i++) {
		p.kind = vprep_step_kinds[i];
		plan_kind(&p);
	}
	if (p.result < 0) {
		vprep_steps_done(&steps);
		return p.result;
	}
	*ret = steps;
	return 0;
}
