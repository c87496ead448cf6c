// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/facts.h"

#include <stdlib.h>

#include "common/str.h"

void vprep_iommu_group_free(struct vprep_iommu_group *g)
{
	size_t i;

	if (!g)
		return;
	for (i = 0; i < g->n_members; i++) {
		free(g->members[i].name);
		vprep_pci_device_free(g->members[i].pci);
		free(g->members[i].driver);
	}
	free(g->members);
	free(g);
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

/* What to do, or else to accept, where which of VFIO's modules decides. */
#define OR_ALLOW(i, ways)                                                                \
	((i)->is_iommufds ? ways ALLOW("iommufd") : ways ALLOW("vfio_iommu_type1"))
#define ALLOW(module)                                                                    \
	"only where all guests are trusted, have 'options " module                       \
	" allow_unsafe_interrupts=1' in /etc/modprobe.d and load the module anew"

const char *vprep_interrupts_fix(const struct vprep_interrupts *i)
{
	if (i->is_disabled)
		return OR_ALLOW(i,
				"take intremap=off or nointremap from the kernel command "
				"line, and reboot; or, ");
	if (i->has_no_its)
		return OR_ALLOW(i,
				"the GIC's ITS does it where there is one, and here "
				"MSIs go past it: look in the firmware's set-up for an "
				"ITS; or, ");
	if (i->is_incapable)
		return OR_ALLOW(i, "this IOMMU cannot: ");
	return OR_ALLOW(i, "enable interrupt remapping (with VT-d or AMD-Vi) in the "
			   "firmware's set-up; or, ");
}

enum vprep_action vprep_member_action(const struct vprep_facts_member *m,
				      const struct vprep_attach_options *options)
{
	const struct vprep_pci_device *pci = m->member->pci;

	if (m->claimed)
		return VPREP_ACTION_LEAVE;
	if (m->device)
		return !pci || vprep_str_same(pci->driver, m->choice.driver)
			       ? VPREP_ACTION_LEAVE
			       : VPREP_ACTION_BIND;
	/* one in a domain that its controller's driver makes goes away with that driver */
	if (m->leaves_dma || (pci && pci->has_controller && !m->denied))
		return VPREP_ACTION_LEAVE;
	if (!pci || options->strict || m->denied)
		return VPREP_ACTION_BLOCKS;
	return vprep_pci_stays(pci) ? VPREP_ACTION_UNBIND : VPREP_ACTION_PLACEHOLDER;
}
