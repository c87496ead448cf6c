// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other devices that need the device's driver, as the controller and the ports of USB4
 * need its host interface. When that driver goes, the kernel takes theirs before, and
 * nobody gives it back (Documentation/driver-api/device_link.rst,
 * Documentation/ABI/testing/sysfs-class-devlink).
 */
#include "common/str.h"
#include "host/driver.h"
#include "in-use/internal.h"

#define DEVICE "bus/pci/devices/%s/"

/* VFs go with their PF (sriov.c). */
static int is_vf_of(struct vprep_in_use *scan, const char *consumer,
		    const struct vprep_pci_device *device)
{
	const char *pf;
	int r = vprep_in_use_link(scan, VPREP_SYS, &pf, DEVICE "physfn", consumer);

	return r < 0 ? r : pf && streq(pf, device->text.s);
}

static int add_consumer(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			const char *link, const char *consumer, struct vprep_uses *uses)
{
	const char *status, *driver;
	int r = vprep_in_use_read(scan, VPREP_SYS, &status, DEVICE "%s/status",
				  device->text.s, link);

	if (r < 0 || !status || !streq(status, "active"))
		return r;
	r = vprep_in_use_link(scan, VPREP_SYS, &driver, DEVICE "driver", consumer);
	if (r == 0 && driver)
		r = is_vf_of(scan, consumer, device);
	if (r != 0 || !driver)
		return r < 0 ? r : 0;
	return vprep_uses_add(
		uses, false,
		vprep_strf("%s needs it, and would lose its driver %s, too", consumer,
			   driver),
		vprep_strf("unbind %s by hand, which takes that along, and bind both "
			   "again afterwards",
			   device->text.s));
}

static int find_consumers(struct vprep_in_use *scan,
			  const struct vprep_pci_device *device, struct vprep_uses *uses)
{
	static const char prefix[] = "consumer:pci:";
	char **names;
	size_t i;
	int r;

	if (!device->driver || vprep_driver_of_is_vfio(scan->io, device))
		return 0;
	r = vprep_in_use_list(scan, &names, "bus/pci/devices/%s", device->text.s);
	for (i = 0; r == 0 && names[i]; i++)
		if (strncmp(names[i], prefix, sizeof(prefix) - 1) == 0)
			r = add_consumer(scan, device, names[i],
					 names[i] + sizeof(prefix) - 1, uses);
	return r;
}

/* What needs a card that has network interfaces alone is on those (net.c). */
const struct vprep_in_use_kind vprep_in_use_consumers = {
	.is_below = true,
	.find = find_consumers,
};
