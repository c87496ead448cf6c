// SPDX-License-Identifier: GPL-2.0-or-later
/* A USB controller with a keyboard or a mouse plugged into it. */
#include "common/str.h"
#include "in-use/internal.h"

#define CLASS_HID 3
#define USB "bus/usb/devices"

/* The boot protocol of a HID interface, "keyboard" or "mouse"; NULL for everything else. */
static int input_kind(struct vprep_in_use *scan, const char *interface, const char **ret)
{
	static const char *const protocols[] = { NULL, "keyboard", "mouse" };
	uint64_t class, protocol = 0;
	int r;

	r = vprep_in_use_number(scan, 16, &class, USB "/%s/bInterfaceClass", interface);
	if (r == 0 && class == CLASS_HID)
		r = vprep_in_use_number(scan, 16, &protocol, USB "/%s/bInterfaceProtocol",
					interface);
	*ret = protocol < VPREP_ARRAY_SIZE(protocols) ? protocols[protocol] : NULL;
	return r;
}

static int add_input(struct vprep_in_use *scan, const char *interface, const char *kind,
		     struct vprep_uses *uses)
{
	int port = (int)strcspn(interface, ":");
	const char *product;
	int r;

	r = vprep_in_use_read(scan, VPREP_SYS, &product, USB "/%.*s/product", port,
			      interface);
	if (r < 0)
		return r;
	return vprep_uses_add(uses, false,
			      vprep_strf("a %s is plugged into it (usb %.*s%s%s)", kind,
					 port, interface, product ? ", " : "",
					 product ? product : ""),
			      vprep_strf("plug the %s into another controller", kind));
}

static int find_usb(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses)
{
	const struct vprep_index *index;
	size_t i;
	int r;

	r = vprep_in_use_index(scan, USB, &index);
	for (i = 0; r == 0 && i < index->n; i++) {
		const char *name = index->items[i].name, *kind;

		/* "1-2" is a device, "1-2:1.0" an interface of it. */
		if (!vprep_index_entry_is_on(&index->items[i], device) ||
		    !strchr(name, ':'))
			continue;
		r = input_kind(scan, name, &kind);
		if (r == 0 && kind)
			r = add_input(scan, name, kind, uses);
	}
	return r;
}

const struct vprep_in_use_kind vprep_in_use_usb = {
	.class = 0x0c0300,
	.mask = 0xffff00,
	.is_below = true,
	.find = find_usb,
};
