/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI drivers: which leave a group viable, and which one suits a device. */
#ifndef VPREP_HOST_DRIVER_H
#define VPREP_HOST_DRIVER_H

#include <stdbool.h>

#include "io/io.h"
#include "model/group.h"
#include "model/pci.h"
#include "model/facts.h"
#include "vfio-prep.h"

/* vfio-pci or one of its variants: user space drives the device through it. */
bool vprep_driver_is_vfio(const struct vprep_io *io, const char *driver);

/* Leaves DMA to user space, so that a group with this driver stays viable. The kernel does
 * not show the flag (driver_managed_dma): the in-tree drivers that set it are listed. */
bool vprep_driver_leaves_dma(const struct vprep_io *io, const char *driver);

/* The driver that keeps a member's group from user space. NULL: it has none that does. */
const char *vprep_driver_in_the_way(const struct vprep_io *io,
				    const struct vprep_iommu_member *member);

/* False when no device of the driver is open anywhere: the kernel's module count tells.
 * True also when it does not tell. */
bool vprep_driver_may_be_open(const struct vprep_io *io, const char *driver);

/*
 * The driver for a device: @wanted (a driver's or a module's name) if not NULL, else the
 * best match among the installed vfio_pci: aliases, else vfio-pci. Loads nothing; the
 * result names the module to load. -ENOENT: no such driver is there or can be loaded.
 */
int vprep_driver_choose(struct vprep_io *io, const struct vprep_pci_device *device,
			const char *wanted, struct vprep_driver_choice *ret);

/*
 * Fills in device->override of each. The kernel makes a reader wait for the device's
 * lock, so a child reads them first: -ETIMEDOUT after @deadline seconds, and @err names
 * the device.
 */
int vprep_driver_read_overrides(struct vprep_io *io,
				struct vprep_pci_device *const *devices, size_t n,
				unsigned deadline, struct vprep_error *err);

/* One override; NULL when unset. May block. */
int vprep_driver_override(const struct vprep_io *io, struct vprep_pci_address address,
			  char **ret);

#endif
