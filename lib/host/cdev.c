// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/cdev.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"

bool vprep_cdev_is_likely(const struct vprep_io *io)
{
	return vprep_io_exists(io, VPREP_DEV, "iommu") == 1;
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
