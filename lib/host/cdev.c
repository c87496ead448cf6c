// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/cdev.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "model/device.h"

#define CONTAINER "vfio/vfio" /* by which groups are used */

static bool is_installed(const struct vprep_io *io, const char *alias)
{
	_cleanup_strv_ char **modules = NULL;

	return io->live && io->ops->resolve_alias(io, alias, &modules) == 0 && modules[0];
}

struct vprep_vfio_nodes vprep_vfio_nodes_read(const struct vprep_io *io)
{
	bool iommufd = vprep_io_exists(io, VPREP_DEV, VPREP_IOMMUFD) == 1;

	if (vprep_io_exists(io, VPREP_SYS, "class/vfio") == 1)
		return (struct vprep_vfio_nodes){ .groups = true, .devices = iommufd };
	if (vprep_io_exists(io, VPREP_SYS, "class/vfio-dev") == 1)
		return (struct vprep_vfio_nodes){ .groups = !iommufd,
						  .devices = iommufd };
	iommufd = iommufd || is_installed(io, "iommufd");
	return (struct vprep_vfio_nodes){
		.groups = !iommufd || !io->live ||
			  vprep_io_exists(io, VPREP_DEV, CONTAINER) == 1 ||
			  is_installed(io, "devname:" CONTAINER),
		.devices = iommufd,
	};
}

/* A kernel without such nodes has the folder vfio-dev too; only the attribute "dev" says
 * that there is a node. */
static int find_in(const struct vprep_io *io, const char *bus, const char *device,
		   char **ret)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &names, "bus/%s/devices/%s/vfio-dev", bus,
			  device);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (i = 0; names[i]; i++)
		if (vprep_io_exists(io, VPREP_SYS, "bus/%s/devices/%s/vfio-dev/%s/dev",
				    bus, device, names[i]) == 1) {
			*ret = vprep_strf("vfio/devices/%s", names[i]);
			return *ret ? 0 : -ENOMEM;
		}
	return 0;
}

int vprep_cdev_find(const struct vprep_io *io, const char *device, char **ret)
{
	char *node = NULL;
	int r = find_in(io, "pci", device, &node);

	if (r == 0 && !node)
		r = find_in(io, "mdev", device, &node);
	if (r == 0)
		*ret = node;
	return r;
}

bool vprep_vfio_has_node(const struct vprep_io *io, const char *device, int group)
{
	_cleanup_free_ char *cdev = NULL;

	return group >= 0 || (vprep_cdev_find(io, device, &cdev) == 0 && cdev);
}
