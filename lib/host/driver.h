/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI drivers: which of them leave a group viable, which one suits a device, and the
 * override that ties a device to one. */
#ifndef VPREP_HOST_DRIVER_H
#define VPREP_HOST_DRIVER_H

#include <stdbool.h>

#include "io/io.h"
#include "model/pci.h"
#include "model/facts.h"
#include "model/step.h"
#include "vfio-prep.h"

/* Whether @driver is vfio-pci or one of its variants, through which user space drives the
 * device. @driver may be NULL. */
bool vprep_driver_is_vfio(const struct vprep_io *io, const char *driver);

/* The same of a device's driver, and of the one that makes it a vGPU. */
bool vprep_driver_of_is_vfio(const struct vprep_io *io,
			     const struct vprep_pci_device *device);

/* The driver that keeps a member's group from user space. NULL: it has none that does. */
const char *vprep_driver_in_the_way(const struct vprep_io *io,
				    const struct vprep_iommu_member *member);

/* False when the use count of the driver's module says that no process has a device of
 * the driver open; true otherwise, also when there is no count. */
bool vprep_driver_may_be_open(const struct vprep_io *io, const char *driver);

/*
 * The driver for a device: @wanted (a driver's or a module's name) if not NULL, else the
 * best match among the installed vfio_pci: aliases, else vfio-pci. Loads nothing; the
 * result names the module to load. -ENOENT: no such driver is there or can be loaded.
 * -VPREP_DRIVER_FOREIGN: @wanted is no VFIO driver.
 */
int vprep_driver_choose(struct vprep_io *io, const struct vprep_pci_device *device,
			const char *wanted, struct vprep_driver_choice *ret);

#define VPREP_DRIVER_FOREIGN EMEDIUMTYPE

/* A probe was just running: what was read of the device need not hold any more. */
#define VPREP_DRIVER_CHANGES VPREP_STEP_LOOK_AGAIN

/*
 * Fills in device->override of each. Up to Linux 7.0 the kernel makes a reader wait for
 * the device's lock, so a child reads them first: -ETIMEDOUT after @deadline seconds, and
 * @err names the device. -VPREP_DRIVER_CHANGES when a device has another driver
 * afterwards than it was read with, or when the lock is a probe's.
 */
int vprep_driver_read_overrides(struct vprep_io *io,
				struct vprep_pci_device *const *devices, size_t n,
				unsigned deadline, struct vprep_error *err);

/* The override of one device; NULL when it is unset. May block. */
int vprep_driver_override(const struct vprep_io *io, struct vprep_pci_address address,
			  char **ret);

#endif
