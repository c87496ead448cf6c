// SPDX-License-Identifier: GPL-2.0-or-later
/* A parent of mediated devices: they go away with its driver. */
#include "common/str.h"
#include "host/mdev.h"
#include "in-use/internal.h"

/* It is there for a guest, whoever made it, so it must not go away, not even by force. */
static int add_child(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     const char *uuid, struct vprep_uses *uses)
{
	struct vprep_mdev mdev = { .group = -1 };
	int r = vprep_mdev_read(scan->io, uuid, &mdev);
	bool is_child = r == 0 && streq(mdev.parent, device->text.s);

	vprep_mdev_done(&mdev);
	if (!is_child)
		return vprep_in_use_ignore_absent(scan, r);
	return vprep_uses_add(uses, true, vprep_strf("mediated device %s is on it", uuid),
			      vprep_strf("vfio-prep mdev remove %s, or mdevctl stop "
					 "--uuid %s",
					 uuid, uuid));
}

static int find_mdevs(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		      struct vprep_uses *uses)
{
	const struct vprep_index *parents;
	char **uuids;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, "class/mdev_bus", &parents);
	if (r < 0 || !vprep_index_find(parents, device->text.s))
		return r;
	r = vprep_in_use_list(scan, &uuids, "bus/mdev/devices");
	for (i = 0; r == 0 && uuids[i]; i++)
		r = add_child(scan, device, uuids[i], uses);
	return r;
}

const struct vprep_in_use_kind vprep_in_use_mdevs = {
	.is_below = true,
	.find = find_mdevs,
};
