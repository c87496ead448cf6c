/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The node that VFIO has for a single device, beside that of its group (Linux 6.6 with
 * IOMMUFD). */
#ifndef VPREP_HOST_CDEV_H
#define VPREP_HOST_CDEV_H

#include <stdbool.h>

#include "io/io.h"

/* Whether the kernel may have such nodes. None is of use without /dev/iommu, which is
 * there before any device is bound. */
bool vprep_cdev_is_likely(const struct vprep_io *io);

/* The node of a PCI device or an mdev with the sysfs name @device, below /dev:
 * "vfio/devices/vfio3". *ret is NULL when the device has none, for instance because VFIO
 * does not drive it. */
int vprep_cdev_find(const struct vprep_io *io, const char *device, char **ret);

#endif
