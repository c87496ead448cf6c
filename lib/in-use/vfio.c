// SPDX-License-Identifier: GPL-2.0-or-later
/* A device on a VFIO driver, or a vGPU, whose group a process has open. The node of the
 * device alone is found as all others (nodes.c). */
#include <errno.h>

#include "common/str.h"
#include "host/driver.h"
#include "host/pci.h"
#include "in-use/internal.h"

static int add_node(char ***nodes, char *node)
{
	int r = node ? vprep_strv_add(nodes, node) : -ENOMEM;

	free(node);
	return r;
}

static int find_vfio(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses)
{
	_cleanup_strv_ char **nodes = NULL;
	int group = device->group, r = 0;

	if (!vprep_driver_of_is_vfio(scan->io, device))
		return 0;
	if (group < 0) /* it may have one of VFIO's own, behind which no IOMMU is */
		r = vprep_pci_group(scan->io, device->address, &group);
	if (r < 0 || group < 0)
		return vprep_in_use_ignore_absent(scan, r);
	r = add_node(&nodes, vprep_strf("vfio/%d", group));
	if (r == 0)
		r = add_node(&nodes, vprep_strf("vfio/noiommu-%d", group));
	return r < 0 ? r : vprep_uses_add_holders(scan, nodes, uses);
}

const struct vprep_in_use_kind vprep_in_use_vfio = {
	.find = find_vfio,
};
