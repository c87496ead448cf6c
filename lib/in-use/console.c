// SPDX-License-Identifier: GPL-2.0-or-later
/* The graphics card that shows the host's text console. */
#include "common/str.h"
#include "host/driver.h"
#include "in-use/internal.h"

#define BOOT_VGA "bus/pci/devices/%s/boot_vga"

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

/*
 * fbcon is on the card that the firmware started the host with, or else on the first one
 * with a frame buffer (fbcon_select_primary()). Only a VGA device has boot_vga, which not
 * each graphics card is.
 */
static int has_console(struct vprep_in_use *scan, const struct vprep_pci_device *device)
{
	const struct vprep_index *buffers;
	const struct vprep_index_entry *first;
	uint64_t boot_vga;
	size_t i;
	int r;

	r = vprep_in_use_number(scan, 10, &boot_vga, BOOT_VGA, device->text.s);
	if (r < 0 || boot_vga == 1)
		return r < 0 ? r : 1;
	r = vprep_in_use_index(scan, "class/graphics", &buffers);
	first = r == 0 ? vprep_index_find(buffers, "fb0") : NULL;
	if (!first || !vprep_index_entry_is_on(first, device))
		return r;
	for (i = 0; r == 0 && boot_vga != 1 && i < buffers->n; i++)
		if (buffers->items[i].on_pci)
			r = vprep_in_use_number(
				scan, 10, &boot_vga, BOOT_VGA,
				vprep_pci_address_text(buffers->items[i].pci).s);
	return r < 0 ? r : boot_vga != 1;
}

static int find_console(struct vprep_in_use *scan, const struct vprep_pci_device *device,
			struct vprep_uses *uses)
{
	char **consoles;
	size_t i;
	int r;

	/* Without a driver it is the firmware's frame buffer, which vfio-pci removes. */
	if (!device->driver || vprep_driver_of_is_vfio(scan->io, device))
		return 0;
	r = has_console(scan, device);
	if (r <= 0)
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
