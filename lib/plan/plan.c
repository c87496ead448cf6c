// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <errno.h>
#include <stdio.h>

#include "common/str.h"

void *vprep_plan_add(struct vprep_planning *p)
{
	struct vprep_step *step;
	int r = vprep_steps_add(p->steps, p->kind, p->device, &step);

	if (r < 0) {
		p->result = r;
		return NULL;
	}
	step->group = p->group;
	return step->facts;
}

void vprep_plan_copy(struct vprep_planning *p, char **fact, const char *text)
{
	int r = vprep_str_replace(fact, text);

	if (r < 0)
		p->result = r;
}

static void plan_cdev(struct vprep_planning *p, const struct vprep_device *d)
{
	p->group = -1;
	if (p->kind->plan_cdev && p->facts->cdevs &&
	    (d->asked.iommufd != VPREP_IOMMUFD_NO || p->facts->no_group_nodes))
		p->kind->plan_cdev(p, &d->cdev);
}

static void plan_groups(struct vprep_planning *p)
{
	char name[sizeof("group 4294967295")];
	size_t i;

	/* all that is done to a group is done to its node */
	if (p->facts->no_group_nodes)
		return;
	p->device = name;
	for (i = 0; p->kind->plan_group && i < p->facts->n_groups; i++) {
		if (!vprep_facts_uses_group_node(p->facts, i))
			continue;
		p->group = p->facts->groups[i].group->number;
		snprintf(name, sizeof(name), "group %u",
			 p->facts->groups[i].group->number);
		p->kind->plan_group(p, &p->facts->groups[i]);
	}
	p->device = NULL;
}

static void plan_members(struct vprep_planning *p, const struct vprep_facts_group *g)
{
	size_t i;

	for (i = 0; i < g->group->n_members; i++) {
		const struct vprep_facts_member *m = &g->members[i];

		p->device = m->member->name;
		p->group = g->group->number;
		if (p->kind->plan_member)
			p->kind->plan_member(p, m);
		if (m->device && !m->claimed)
			plan_cdev(p, m->device);
	}
}

/* A function that becomes a vGPU is held by another name than its own; it keeps its
 * driver, and has no node of its own then. */
static void plan_devices(struct vprep_planning *p)
{
	size_t i;

	for (i = 0; i < p->facts->devices->n; i++) {
		const struct vprep_device *d = &p->facts->devices->items[i];

		if (d->kind->has_group || d->claimed)
			continue;
		p->device = d->held_as ? d->held_as : d->name;
		p->group = -1;
		if (p->kind->plan_device)
			p->kind->plan_device(p, d);
		if (d->kind->is_vfio && !d->held_as)
			plan_cdev(p, d);
	}
}

static void plan_ungrouped(struct vprep_planning *p)
{
	size_t i;

	p->group = -1;
	for (i = 0; p->kind->plan_ungrouped && i < p->facts->n_ungrouped; i++) {
		p->device = p->facts->ungrouped[i].pci->text.s;
		p->kind->plan_ungrouped(p, p->facts->ungrouped[i].pci);
	}
}

static void plan_kind(struct vprep_planning *p)
{
	size_t i;

	plan_groups(p);
	for (i = 0; i < p->facts->n_groups; i++)
		plan_members(p, &p->facts->groups[i]);
	plan_devices(p);
}

/* A device that others share was changed for the first of them: the state to go back to,
 * for the last, is the one before that. */
static void take_shared(struct vprep_planning *p)
{
	size_t i;

	for (i = 0; p->result == 0 && i < p->steps->n; i++) {
		struct vprep_step *step = &p->steps->items[i];
		const struct vprep_step *theirs =
			vprep_steps_find(&p->facts->shared, step->kind, step->device);

		if (theirs)
			p->result = vprep_step_copy_facts(step, theirs);
	}
}

int vprep_plan_build(const struct vprep_facts *facts,
		     const struct vprep_attach_options *options, struct vprep_steps *ret)
{
	struct vprep_steps steps = { 0 };
	struct vprep_planning p = { .facts = facts, .options = options, .steps = &steps };
	size_t k;

	for (k = 0; vprep_step_kinds[k]; k++) {
		p.kind = vprep_step_kinds[k];
		if (options->is_base && p.kind->is_for_guest)
			continue;
		if (options->makes_groups)
			plan_ungrouped(&p);
		else
			plan_kind(&p);
	}
	take_shared(&p);
	if (p.result < 0) {
		vprep_steps_done(&steps);
		return p.result;
	}
	*ret = steps;
	return 0;
}
