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

static void node_state_done(struct vprep_node_state *node)
{
	free(node->path);
	free(node->rule);
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
		node_state_done(&g->members[i].cdev);
		vprep_vf_done(&g->members[i].vf);
	}
	free(g->members);
	vprep_iommu_group_free(g->group);
	free(g->owner);
	node_state_done(&g->node);
}

void vprep_facts_displace(struct vprep_facts_node *n)
{
	free(n->parent);
	free(n->type);
	free(n->held_as);
	free(n->no_placement.why);
	free(n->no_placement.fix);
	n->parent = n->type = n->held_as = NULL;
	n->no_placement = (struct vprep_no_placement){ 0 };
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
	for (i = 0; i < s->n_nodes; i++) {
		vprep_uses_done(&s->nodes[i].uses);
		node_state_done(&s->nodes[i].node);
		node_state_done(&s->nodes[i].cdev);
		free(s->nodes[i].owner);
		vprep_facts_displace(&s->nodes[i]);
	}
	free(s->nodes);
	for (i = 0; i < s->n_pending; i++) {
		free(s->pending[i].parent);
		free(s->pending[i].type);
		free(s->pending[i].device);
		free(s->pending[i].owner);
	}
	free(s->pending);
	vprep_mdev_parents_done(&s->mdevs);
	free(s->made_rules_dir);
	*s = (struct vprep_facts){ 0 };
}
