// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A USB device that is exported to other hosts. The driver that does so takes the device
 * as a whole, leaves its interfaces without one, and opens no node: nothing else tells of
 * it.
 */
#include "common/str.h"
#include "in-use/internal.h"

#define USB "bus/usb/devices"
#define DRIVER "usbip-host"

static int find_usbip(struct vprep_in_use *scan, const struct vprep_place *place,
		      struct vprep_uses *uses)
{
	const char *name, *driver;
	size_t at = 0;
	int r;

	while ((r = vprep_in_use_next_driven(scan, USB, place, &at, &name, &driver)) >
	       0) {
		/* "1-2" is a device, "1-2:1.0" an interface of it. */
		if (strchr(name, ':') || !streq(driver, DRIVER))
			continue;
		r = vprep_uses_add(
			uses, false,
			vprep_strf("usb %s is exported to other hosts by usbip", name),
			vprep_strf("usbip unbind --busid=%s", name));
		if (r < 0)
			break;
	}
	return r;
}

const struct vprep_in_use_kind vprep_in_use_usbip = {
	.is_below = true,
	.find_at = find_usbip,
};
