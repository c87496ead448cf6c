// SPDX-License-Identifier: GPL-2.0-or-later
/* USB devices and their interfaces. */
#include "nodedev/kind.h"

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

static void read_device(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
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

static void emit_device(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *e)
{
	vprep_emit_number(e, "bus", "%u", d->usb.bus);
	vprep_emit_number(e, "device", "%u", d->usb.device);
	vprep_emit_id(e, "product", d->usb.product, d->usb.product_name);
	vprep_emit_id(e, "vendor", d->usb.vendor, d->usb.vendor_name);
}

static void add_json(const struct vprep_nodedev *d,
		     const struct vprep_nodedev_family *family, struct vprep_json to)
{
	struct vprep_json address = vprep_json_add_object(to, "address");

	(void)family;
	vprep_json_add_text(address, "bus", "%u", d->usb.bus);
	vprep_json_add_text(address, "device", "%u", d->usb.device);
	vprep_json_add_text(to, "product_id", "0x%04x", d->usb.product);
	vprep_json_add_string(to, "product", d->usb.product_name);
	vprep_json_add_text(to, "vendor_id", "0x%04x", d->usb.vendor);
	vprep_json_add_string(to, "vendor", d->usb.vendor_name);
}

const struct vprep_nodedev_kind vprep_nodedev_usb_device = {
	.cap = "usb_device",
	.devtype = "usb_device",
	.read = read_device,
	.emit = emit_device,
	.add_json = add_json,
};

static void read_interface(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_usb_interface *usb = &d->interface;

	usb->number = (uint8_t)vprep_reader_number(r, "bInterfaceNumber", 16, 0);
	usb->class_code = (uint8_t)vprep_reader_number(r, "bInterfaceClass", 16, 0);
	usb->subclass = (uint8_t)vprep_reader_number(r, "bInterfaceSubClass", 16, 0);
	usb->protocol = (uint8_t)vprep_reader_number(r, "bInterfaceProtocol", 16, 0);
}

static void emit_interface(const struct vprep_nodedev *d,
			   const struct vprep_nodedev_emitter *e)
{
	vprep_emit_number(e, "number", "%u", d->interface.number);
	vprep_emit_number(e, "class", "%u", d->interface.class_code);
	vprep_emit_number(e, "subclass", "%u", d->interface.subclass);
	vprep_emit_number(e, "protocol", "%u", d->interface.protocol);
}

const struct vprep_nodedev_kind vprep_nodedev_usb = {
	.cap = "usb",
	.devtype = "usb_interface",
	.read = read_interface,
	.emit = emit_interface,
};
