// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/group.h"

#include <stdlib.h>

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
