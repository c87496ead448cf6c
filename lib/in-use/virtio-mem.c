// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtio device by which a virtual machine has main memory. The memory stays in use
 * when the driver goes (virtio_mem_remove() can only warn of it), and the next driver of
 * the device, a guest's, begins by giving all of it back. So it is never taken.
 */
#include "common/str.h"
#include "in-use/internal.h"

#define VIRTIO "bus/virtio/devices"
#define DRIVER "virtio_mem"

static int find_virtio_mem(struct vprep_in_use *scan, const struct vprep_place *place,
			   struct vprep_uses *uses)
{
	const char *virtio, *driver;
	size_t at = 0;
	int r;

	while ((r = vprep_in_use_next_driven(scan, VIRTIO, place, &at, &virtio,
					     &driver)) > 0) {
		if (!streq(driver, DRIVER))
			continue;
		r = vprep_uses_add(
			uses, true, vprep_strf("the host has its memory (%s)", virtio),
			vprep_strf("have the hypervisor take that memory away, "
				   "then unbind %s from " DRIVER,
				   virtio));
		if (r < 0)
			break;
	}
	return r;
}

const struct vprep_in_use_kind vprep_in_use_virtio_mem = {
	.is_below = true,
	.find_at = find_virtio_mem,
};
