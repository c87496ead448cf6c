// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/facts.h"

#include <stdlib.h>

#include "common/str.h"

void vprep_uses_done(struct vprep_uses *uses)
{
	size_t i;

	for (i = 0; i < uses->n; i++) {
		free(uses->items[i].what);
		free(uses->items[i].fix);
	}
	free(uses->items);
	*uses = (struct vprep_uses){ 0 };
}

void vprep_driver_choice_done(struct vprep_driver_choice *choice)
{
	free(choice->driver);
	free(choice->module);
	*choice = (struct vprep_driver_choice){ 0 };
}

struct vprep_facts_member *vprep_facts_next(const struct vprep_facts *facts,
					    struct vprep_facts_walk *walk)
{
	for (; walk->group < facts->n_groups; walk->group++, walk->member = 0) {
		struct vprep_facts_group *g = &facts->groups[walk->group];

		if (g->members && walk->member < g->group->n_members)
			return &g->members[walk->member++];
	}
	return NULL;
}

const char *vprep_facts_asked_of(const struct vprep_facts_group *group)
{
	size_t i = 0;

	/* a group is among the facts because of such a device */
	while (i + 1 < group->group->n_members && !group->members[i].device)
		i++;
	return group->members[i].member->name;
}

bool vprep_facts_uses_group_node(const struct vprep_facts *facts, size_t i)
{
	const struct vprep_facts_group *g = &facts->groups[i];
	size_t m;

	for (m = 0; m < g->group->n_members; m++) {
		const struct vprep_device *d = g->members[m].device;

		if (d && (d->asked.iommufd != VPREP_IOMMUFD_YES || !facts->cdevs))
			return true;
	}
	return false;
}

static void group_done(struct vprep_facts_group *g)
{
	size_t i;

	for (i = 0; g->members && i < g->group->n_members; i++) {
		vprep_uses_done(&g->members[i].uses);
		vprep_strv_free(g->members[i].names);
		vprep_driver_choice_done(&g->members[i].choice);
	}
	free(g->members);
	vprep_iommu_group_free(g->group);
}

void vprep_facts_done(struct vprep_facts *facts)
{
	size_t i;

	for (i = 0; i < facts->n_groups; i++)
		group_done(&facts->groups[i]);
	free(facts->groups);
	for (i = 0; i < facts->n_ungrouped; i++)
		vprep_pci_device_free(facts->ungrouped[i].pci);
	free(facts->ungrouped);
	free(facts->pending);
	vprep_steps_done(&facts->shared);
	vprep_mdev_parents_done(&facts->mdevs);
	vprep_pool_done(&facts->pool);
	*facts = (struct vprep_facts){ 0 };
}
