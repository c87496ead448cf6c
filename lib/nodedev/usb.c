// SPDX-License-Identifier: GPL-2.0-or-later
/* USB devices and their interfaces. */
#include "common/cleanup.h"
#include "io/ask-first.h"
#include "nodedev/kind.h"

static int ask_names(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	_cleanup_free_ char *name = NULL;

	(void)ret_err;
	return vprep_io_read(io, VPREP_SYS, &name, "%s/manufacturer", (const char *)data);
}

/* udevd's word first, as it fixes what devices say of themselves; else the device's,
 * which waits for its lock: without an answer it has none. */
static const char *name_of(struct vprep_nodedev_reader *r, const char *property,
			   const char *attr)
{
	const char *name = vprep_reader_property(r, property);

	if (name || vprep_io_ask_first(r->io, r->sysname, "names", ask_names,
				       (void *)(uintptr_t)r->path) < 0)
		return name;
	return vprep_reader_attr(r, attr);
}

static uint16_t id_of(struct vprep_nodedev_reader *r, const char *property,
		      const char *attr)
{
	const char *id = vprep_udev_property(&r->udev, property);

	return (uint16_t)(id ? vprep_number_of(id, 16, 0)
			     : vprep_reader_number(r, attr, 16, 0));
}

struct facts {
	unsigned bus, device;
	const char *port; /* "2.1": the first of a hub on the bus's second */
	uint16_t vendor, product;
	const char *vendor_name, *product_name;
};

static struct facts read_facts(struct vprep_nodedev_reader *r)
{
	const char *bus = vprep_udev_kernel(&r->udev, "BUSNUM");
	const char *device = vprep_udev_kernel(&r->udev, "DEVNUM");

	return (struct facts){
		.bus = (unsigned)vprep_number_of(bus, 10, 0),
		.device = (unsigned)vprep_number_of(device, 10, 0),
		.port = vprep_reader_attr(r, "devpath"),
		.vendor = id_of(r, "ID_VENDOR_ID", "idVendor"),
		.product = id_of(r, "ID_MODEL_ID", "idProduct"),
		.vendor_name = name_of(r, "ID_VENDOR_FROM_DATABASE", "manufacturer"),
		.product_name = name_of(r, "ID_MODEL_FROM_DATABASE", "product"),
	};
}

static void emit_device(struct vprep_nodedev_reader *r,
			const struct vprep_nodedev_emitter *e)
{
	struct facts f = read_facts(r);

	vprep_emit_number(e, "bus", "%u", f.bus);
	vprep_emit_number(e, "device", "%u", f.device);
	/* since libvirt 12, whose schema wants a number without dots, but not its daemon */
	vprep_emit(e, "port", f.port);
	vprep_emit_id(e, "product", f.product, f.product_name);
	vprep_emit_id(e, "vendor", f.vendor, f.vendor_name);
}

static void add_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	struct vprep_json address = vprep_json_add_object(to, "address");
	struct facts f = read_facts(r);

	vprep_json_add_text(address, "bus", "%u", f.bus);
	vprep_json_add_text(address, "device", "%u", f.device);
	vprep_json_add_text(to, "product_id", "0x%04x", f.product);
	vprep_json_add_string(to, "product", f.product_name);
	vprep_json_add_text(to, "vendor_id", "0x%04x", f.vendor);
	vprep_json_add_string(to, "vendor", f.vendor_name);
}

static const char *brief(struct vprep_nodedev_reader *r)
{
	struct facts f = read_facts(r);

	return vprep_reader_model_or_ids(r, f.vendor_name, f.product_name, f.vendor,
					 f.product);
}

static void tell_device(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	struct facts f = read_facts(r);
	const char *speed = vprep_reader_attr(r, "speed");

	vprep_page_add(page, "model", brief(r));
	vprep_page_addf(page, "what", "USB device, ids %04x:%04x", f.vendor, f.product);
	vprep_page_addf(page, "where", "USB bus %u, device %u%s%s", f.bus, f.device,
			f.port ? ", port " : "", f.port ? f.port : "");
	if (speed)
		vprep_page_addf(page, "link", "%s Mbit/s", speed);
}

const struct vprep_nodedev_kind vprep_nodedev_usb_device = {
	.cap = "usb_device",
	.devtype = "usb_device",
	.emit = emit_device,
	.brief = brief,
	.tell = tell_device,
	.add_json = add_json,
};

static void emit_hex(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e, const char *element,
		     const char *attr)
{
	vprep_emit_number(e, element, "%u", (uint8_t)vprep_reader_number(r, attr, 16, 0));
}

static void emit_interface(struct vprep_nodedev_reader *r,
			   const struct vprep_nodedev_emitter *e)
{
	emit_hex(r, e, "number", "bInterfaceNumber");
	emit_hex(r, e, "class", "bInterfaceClass");
	emit_hex(r, e, "subclass", "bInterfaceSubClass");
	emit_hex(r, e, "protocol", "bInterfaceProtocol");
}

static void tell_interface(struct vprep_nodedev_reader *r,
			   struct vprep_nodedev_page *page)
{
	vprep_page_addf(page, "what", "interface %u of a USB device, USB class %02x",
			(uint8_t)vprep_reader_number(r, "bInterfaceNumber", 16, 0),
			(uint8_t)vprep_reader_number(r, "bInterfaceClass", 16, 0));
}

const struct vprep_nodedev_kind vprep_nodedev_usb = {
	.cap = "usb",
	.devtype = "usb_interface",
	.emit = emit_interface,
	.tell = tell_interface,
};
