/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An IOMMU group and its members. */
#ifndef VPREP_MODEL_GROUP_H
#define VPREP_MODEL_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "model/pci.h"

struct vprep_iommu_member {
	char *name;		      /* sysfs name */
	struct vprep_pci_device *pci; /* NULL: not a PCI device */
	char *driver;		      /* of a member that is not PCI */
	bool mdev; /* a mediated device: its driver leaves DMA to user space */
};

struct vprep_iommu_group {
	unsigned number;
	size_t n_members;
	struct vprep_iommu_member *members; /* by name */
};

static inline const char *vprep_iommu_member_driver(const struct vprep_iommu_member *m)
{
	return m->pci ? m->pci->driver : m->driver;
}

void vprep_iommu_group_free(struct vprep_iommu_group *group);
DEFINE_CLEANUP(struct vprep_iommu_group, vprep_iommu_group_free);

#endif
