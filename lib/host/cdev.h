/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO's node for one device, beside that of its group: Linux 6.6 with IOMMUFD. */
#ifndef VPREP_HOST_CDEV_H
#define VPREP_HOST_CDEV_H

#include <stdbool.h>

#include "io/io.h"

/* Whether the kernel may have such nodes: /dev/iommu, without which none is of use, is
 * there before any device is bound. */
bool vprep_cdev_is_likely(const struct vprep_io *io);

/* The node of a PCI device or an mdev, by its sysfs name, below /dev:
 * "vfio/devices/vfio3". *ret is NULL when it has none, as one that is not bound. */
int vprep_cdev_find(const struct vprep_io *io, const char *device, char **ret);

#endif
