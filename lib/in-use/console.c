// SPDX-License-Identifier: GPL-2.0-or-later
/* The graphics card that shows the host's text console. */
#include "common/str.h"
#include "host/driver.h"
#include "in-use/internal.h"

/* Whether the virtual console is shown by a frame buffer that is bound to it. */
static int is_framebuffer(struct vprep_in_use *scan, const char *console)
{
	const char *name;
	uint64_t bound = 0;
	int r;

	r = vprep_in_use_read(scan, VPREP_SYS, &name, "class/vtconsole/%s/name", console);
	if (name && strstr(name, "frame buffer"))
		r = vprep_in_use_number(scan, 10, &bound, "class/vtconsole/%s/bind",
					console);
	return r < 0 ? r : bound == 1;
}

static int find_console(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			struct vprep_uses *uses)
{
	uint64_t boot_vga = 0;
	char **consoles;
	size_t i;
	int r;

	/* Without a driver it is the firmware's frame buffer, which vfio-pci removes. */
	if (!device->driver || vprep_driver_of_is_vfio(scan->io, device))
		return 0;
	r = vprep_in_use_number(scan, 10, &boot_vga, "bus/pci/devices/%s/boot_vga",
				device->text.s);
	if (r < 0 || boot_vga != 1)
		return r;
	r = vprep_in_use_list(scan, &consoles, "class/vtconsole");
	for (i = 0; r == 0 && consoles[i]; i++) {
		r = is_framebuffer(scan, consoles[i]);
		if (r > 0)
			return vprep_uses_add(
				uses, false,
				vprep_strf("is the console's graphics card (%s)",
					   consoles[i]),
				vprep_strf("write 0 to the attribute bind of vtconsole %s",
					   consoles[i]));
	}
	return r;
}

const struct vprep_in_use_kind vprep_in_use_console = {
	.class = 0x030000,
	.mask = 0xff0000,
	.find = find_console,
};
