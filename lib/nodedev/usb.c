// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "nodedev/read.h"

/* udevd's word first, as it fixes what devices say of themselves; else the device's. */
static const char *name_of(struct vprep_nodedev_reader *r, const char *property,
			   const char *attr)
{
	const char *name = vprep_udev_property(&r->udev, property);

	return name ? vprep_reader_text(r, name) : vprep_reader_attr(r, attr);
}

static uint16_t id_of(struct vprep_nodedev_reader *r, const char *property,
		      const char *attr)
{
	const char *id = vprep_udev_property(&r->udev, property);

	return (uint16_t)(id ? vprep_number_of(id, 16, 0)
			     : vprep_reader_number(r, attr, 16, 0));
}

void vprep_read_usb_device(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_usb_node *usb = &d->usb;

	usb->bus =
		(unsigned)vprep_number_of(vprep_udev_kernel(&r->udev, "BUSNUM"), 10, 0);
	usb->device =
		(unsigned)vprep_number_of(vprep_udev_kernel(&r->udev, "DEVNUM"), 10, 0);
	usb->vendor = id_of(r, "ID_VENDOR_ID", "idVendor");
	usb->product = id_of(r, "ID_MODEL_ID", "idProduct");
	usb->vendor_name = name_of(r, "ID_VENDOR_FROM_DATABASE", "manufacturer");
	usb->product_name = name_of(r, "ID_MODEL_FROM_DATABASE", "product");
}

void vprep_read_usb(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_usb_interface *usb = &d->interface;

	usb->number = (uint8_t)vprep_reader_number(r, "bInterfaceNumber", 16, 0);
	usb->class_code = (uint8_t)vprep_reader_number(r, "bInterfaceClass", 16, 0);
	usb->subclass = (uint8_t)vprep_reader_number(r, "bInterfaceSubClass", 16, 0);
	usb->protocol = (uint8_t)vprep_reader_number(r, "bInterfaceProtocol", 16, 0);
}
