// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/facts.h"

#include <stdlib.h>

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

bool vprep_node_state_is(const struct vprep_node_state *node,
			 const struct vprep_attach_options *options)
{
	return node->exists && node->uid == options->uid && node->gid == options->gid &&
	       node->mode == options->mode;
}

static void group_done(struct vprep_facts_group *g)
{
	size_t i;

	for (i = 0; g->members && i < g->group->n_members; i++) {
		vprep_uses_done(&g->members[i].uses);
		vprep_driver_choice_done(&g->members[i].choice);
	}
	free(g->members);
	vprep_iommu_group_free(g->group);
}

void vprep_facts_done(struct vprep_facts *s)
{
	size_t i;

	for (i = 0; i < s->n_groups; i++)
		group_done(&s->groups[i]);
	free(s->groups);
	for (i = 0; i < s->n_ungrouped; i++)
		vprep_pci_device_free(s->ungrouped[i]);
	free(s->ungrouped);
	free(s->pending);
	vprep_mdev_parents_done(&s->mdevs);
	vprep_pool_done(&s->pool);
	*s = (struct vprep_facts){ 0 };
}
