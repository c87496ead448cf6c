/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The node that VFIO has for a single device, beside that of its group (Linux 6.6 with
 * IOMMUFD). */
#ifndef VPREP_HOST_CDEV_H
#define VPREP_HOST_CDEV_H

#include <stdbool.h>

#include "io/io.h"

/* Which nodes VFIO makes on this host. */
struct vprep_vfio_nodes {
	bool groups;  /* /dev/vfio/N */
	bool devices; /* /dev/vfio/devices/vfioN: it may, if it was built with them */
};

/* Also before VFIO is loaded, when only its modules can tell: none of a device's own is
 * of use without iommufd, which comes with VFIO then. */
struct vprep_vfio_nodes vprep_vfio_nodes_read(const struct vprep_io *io);

/* The node of a PCI device or an mdev with the sysfs name @device, below /dev:
 * "vfio/devices/vfio3". *ret is NULL when the device has none, for instance because VFIO
 * does not drive it. */
int vprep_cdev_find(const struct vprep_io *io, const char *device, char **ret);

/* Whether VFIO has a node for it, its group's (-1: it has no group) or one of its own. */
bool vprep_vfio_has_node(const struct vprep_io *io, const char *device, int group);

#endif
