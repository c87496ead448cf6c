/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU groups and their members, as sysfs shows them. */
#ifndef VPREP_HOST_IOMMU_H
#define VPREP_HOST_IOMMU_H

#include <stddef.h>

#include "host/pci.h"
#include "model/facts.h"

/* A group with the facts of its members. -ENOENT: there is no such group. */
int vprep_iommu_group_read(const struct vprep_io *io, unsigned number,
			   struct vprep_iommu_group **ret);
/* The numbers of all groups, ascending; none when there is no IOMMU. Those that VFIO made
 * for PCI devices which no IOMMU covers are left out. */
int vprep_iommu_numbers(const struct vprep_io *io, unsigned **ret, size_t *ret_n);
/* What the host's IOMMUs are called, as "Intel VT-d"; a literal, NULL when unknown. */
int vprep_iommu_model(const struct vprep_io *io, const char **ret);
/* 1: a device may have no group until a driver is bound to it for the first time; 0:
 * those that the IOMMU covers have one from the start. -ENOMEM. */
int vprep_iommu_groups_come_late(const struct vprep_io *io);

#endif
