// SPDX-License-Identifier: GPL-2.0-or-later
/* USB devices: their nodes are given away. */
#include <errno.h>

#include "common/error.h"
#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "device/usb.h"
#include "in-use/in-use.h"
#include "io/ask-first.h"
#include "xml/value.h"

#define PREFIX "usb_"
#define FOLDER "bus/usb/devices"
#define BUS "vprep-usb"
#define USB_CLASS_HUB 0x09
#define DEPTH_MAX 6 /* of hubs one behind the other: MAX_TOPO_LEVEL in the kernel */

static bool parse_name(const char *text, struct vprep_device_asked *ret)
{
	(void)ret; /* the name is what is looked for */
	return vprep_is_node_device_name(text, PREFIX);
}

static int read_id(const struct vprep_xml_node *source, struct vprep_device_asked *ret,
		   struct vprep_error *err)
{
	static const struct vprep_xml_number id = { "id", .required = true,
						    .max = 0xffff };
	static const struct vprep_xml_number nonzero = { "id", .required = true, .min = 1,
							 .max = 0xffff };
	const struct vprep_xml_node *vendor =
		vprep_xml_child(source, VPREP_XML_PLAIN, "vendor");
	const struct vprep_xml_node *product =
		vprep_xml_child(source, VPREP_XML_PLAIN, "product");
	uint64_t numbers[2];
	int r;

	if (!vendor && !product)
		return 0;
	if (!vendor || !product)
		return vprep_xml_refuse(err, source->line,
					"<source> has a <%s> but no <%s>",
					vendor ? "vendor" : "product",
					vendor ? "product" : "vendor");
	r = vprep_xml_get_number(vendor, &nonzero, &numbers[0], err);
	if (r == 0)
		r = vprep_xml_get_number(product, &id, &numbers[1], err);
	if (r < 0)
		return r;
	ret->usb.has_id = true;
	ret->usb.vendor = (uint16_t)numbers[0];
	ret->usb.product = (uint16_t)numbers[1];
	return 0;
}

/* Numbers between dots, written without surplus zeroes. */
static int parse_port(const char *text, struct vprep_pool *pool, const char **ret)
{
	_cleanup_buf_ struct vprep_buf path = { 0 };
	char *port = NULL;
	size_t depth;

	for (depth = 0; text && depth < DEPTH_MAX; depth++) {
		size_t len = strcspn(text, ".");
		uint64_t number;

		if (vprep_parse_u64_n(text, len, 10, UINT8_MAX, &number) < 0 ||
		    number == 0)
			return -EINVAL;
		vprep_buf_addf(&path, "%s%u", depth ? "." : "", (unsigned)number);
		text = text[len] ? text + len + 1 : NULL;
	}
	if (text)
		return -EINVAL;
	if (vprep_buf_take(&path, &port) < 0)
		return -ENOMEM;
	*ret = vprep_pool_take(pool, port);
	return *ret ? 0 : -ENOMEM;
}

/* Since libvirt 12: where it is plugged in, whatever number it has there. */
static int read_port(const struct vprep_xml_node *address, const char *port,
		     struct vprep_device_asked *ret, struct vprep_pool *pool,
		     struct vprep_error *err)
{
	int r = vprep_xml_attribute(address, "device")
			? -EINVAL
			: parse_port(port, pool, &ret->usb.port);

	if (r == -EINVAL)
		return vprep_xml_refuse(err, address->line,
					"<address port='%.60s'>: expected ports such as "
					"1.2, and no 'device' beside them",
					port);
	return r < 0 ? vprep_error_oom(err) : 0;
}

static int read_address(const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_pool *pool,
			struct vprep_error *err)
{
	static const struct vprep_xml_number bus = { "bus", .required = true,
						     .max = UINT32_MAX };
	static const struct vprep_xml_number device = { "device", .required = true,
							.max = UINT32_MAX };
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	const char *port = address ? vprep_xml_attribute(address, "port") : NULL;
	uint64_t numbers[2] = { 0 };
	int r;

	if (!address)
		return 0;
	r = vprep_xml_get_number(address, &bus, &numbers[0], err);
	if (r == 0)
		r = port ? read_port(address, port, ret, pool, err)
			 : vprep_xml_get_number(address, &device, &numbers[1], err);
	if (r < 0)
		return r;
	/* no device has the number 0: libvirt writes it while it has not looked yet */
	ret->usb.has_address = numbers[0] && (numbers[1] || port);
	ret->usb.bus = (unsigned)numbers[0];
	ret->usb.device = (unsigned)numbers[1];
	return 0;
}

static int read_startup(const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_error *err)
{
	static const char *const policies[] = { "mandatory", "requisite", "optional" };
	const char *startup = vprep_xml_attribute(source, "startupPolicy");
	size_t i;

	for (i = 0; startup && i < VPREP_ARRAY_SIZE(policies); i++)
		if (streq(policies[i], startup))
			ret->usb.startup = policies[i];
	return !startup || ret->usb.startup
		       ? 0
		       : vprep_xml_refuse(err, source->line,
					  "<source startupPolicy='%.60s'>: expected "
					  "mandatory, requisite or optional",
					  startup);
}

static int read_hostdev(const struct vprep_xml_node *hostdev,
			const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_pool *pool,
			struct vprep_error *err)
{
	int r = read_startup(source, ret, err);

	(void)hostdev;
	if (r == 0)
		r = read_id(source, ret, err);
	if (r == 0)
		r = read_address(source, ret, pool, err);
	if (r == 0 && !ret->usb.has_id && !ret->usb.has_address)
		r = vprep_xml_refuse(err, source->line,
				     "<source> names no usb device: neither <vendor> and "
				     "<product> nor <address>");
	return r;
}

/* One that is asked for by an address is compared by it, any other by its ids. */
static bool is_same(const struct vprep_device_asked *a,
		    const struct vprep_device_asked *b)
{
	if (a->usb.has_address)
		return b->usb.has_address && a->usb.bus == b->usb.bus &&
		       a->usb.device == b->usb.device &&
		       vprep_str_same(a->usb.port, b->usb.port);
	return b->usb.has_id && a->usb.vendor == b->usb.vendor &&
	       a->usb.product == b->usb.product;
}

static struct vprep_device_text text_of(const struct vprep_device_asked *asked)
{
	struct vprep_device_text text;

	if (asked->usb.has_address && asked->usb.port)
		snprintf(text.s, sizeof(text.s), "usb bus %u port %s", asked->usb.bus,
			 asked->usb.port);
	else if (asked->usb.has_address)
		snprintf(text.s, sizeof(text.s), "usb bus %u device %u", asked->usb.bus,
			 asked->usb.device);
	else
		snprintf(text.s, sizeof(text.s), "usb %04x:%04x", asked->usb.vendor,
			 asked->usb.product);
	return text;
}

static void add_json(struct vprep_json to, const struct vprep_device_asked *asked)
{
	if (asked->usb.has_id) {
		vprep_json_add_text(to, "vendor", "0x%04x", asked->usb.vendor);
		vprep_json_add_text(to, "product", "0x%04x", asked->usb.product);
	}
	if (asked->usb.has_address) {
		vprep_json_add_unsigned(to, "bus", asked->usb.bus);
		if (!asked->usb.port)
			vprep_json_add_unsigned(to, "device", asked->usb.device);
		vprep_json_add_string(to, "port", asked->usb.port);
	}
	vprep_json_add_string(to, "startup_policy", asked->usb.startup);
}

static bool has_number(const struct vprep_io *io, const char *sysfs,
		       const char *attribute, unsigned base, uint64_t wanted)
{
	uint64_t number;

	return vprep_io_read_u64(io, VPREP_SYS, base, &number, FOLDER "/%s/%s", sysfs,
				 attribute) == 0 &&
	       number == wanted;
}

static bool is_at(const struct vprep_io *io, const char *sysfs,
		  const struct vprep_device_asked *asked)
{
	_cleanup_free_ char *port = NULL;

	if (!has_number(io, sysfs, "busnum", 10, asked->usb.bus))
		return false;
	if (!asked->usb.port)
		return has_number(io, sysfs, "devnum", 10, asked->usb.device);
	return vprep_io_read(io, VPREP_SYS, &port, FOLDER "/%s/devpath", sysfs) == 0 &&
	       streq(port, asked->usb.port);
}

static bool is_asked(const struct vprep_io *io, const char *sysfs,
		     const struct vprep_device_asked *asked)
{
	if (asked->usb.has_address && !is_at(io, sysfs, asked))
		return false;
	return !asked->usb.has_id ||
	       (has_number(io, sysfs, "idVendor", 16, asked->usb.vendor) &&
		has_number(io, sysfs, "idProduct", 16, asked->usb.product));
}

/* Of those that are alike: how many of them a domain may mean. */
struct alike {
	const char *names[2]; /* the first two in sysfs */
	size_t n;
};

static int refuse_several(struct vprep_device_finding *f,
			  const struct vprep_device_asked *asked,
			  const struct alike *alike)
{
	const struct vprep_device_text text = text_of(asked);

	f->explained = true;
	return vprep_error_set(f->err, VPREP_E_USAGE, EINVAL, text.s,
			       "%s: there are several such devices, at usb ports %s and "
			       "%s; say which by <address bus=... device=.../>",
			       text.s, alike->names[0], alike->names[1]);
}

static void add_alike(struct alike *alike, const char *name)
{
	if (alike->n < VPREP_ARRAY_SIZE(alike->names))
		alike->names[alike->n] = name;
	alike->n++;
}

/* One that the asker has is meant, and none that others have, as long as there is another
 * one. */
static int choose(struct vprep_device_finding *f, const struct vprep_device_asked *asked,
		  const struct alike *all, char *const *names, const char **ret)
{
	struct alike lists[VPREP_HELD_BY_OTHERS + 1] = { 0 };
	const struct alike *mine = &lists[VPREP_HELD_BY_ASKER];
	const struct alike *nobodys = &lists[VPREP_HELD_BY_NOBODY];
	size_t i;

	for (i = 0; f->holding && names[i]; i++) {
		const char *name;

		if (!is_asked(f->io, names[i], asked))
			continue;
		name = vprep_device_libvirt_name(f->pool, PREFIX, names[i]);
		if (!name)
			return -ENOMEM;
		add_alike(&lists[f->holding->find(f->holding->data, name)], names[i]);
	}
	if (mine->n > 1 || (mine->n == 0 && nobodys->n > 1) || !f->holding)
		return refuse_several(f, asked, nobodys->n > 1 ? nobodys : all);
	/* if others have them all, the owner of the first is told */
	*ret = mine->n ? mine->names[0] : nobodys->n ? nobodys->names[0] : all->names[0];
	return 0;
}

/* The sysfs name of the only one that a domain can mean. */
static int find_only(struct vprep_device_finding *f,
		     const struct vprep_device_asked *asked, const char **ret)
{
	_cleanup_strv_ char **names = NULL;
	struct alike all = { 0 };
	size_t i;
	int r;

	r = vprep_io_list(f->io, VPREP_SYS, &names, FOLDER);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	for (i = 0; names[i]; i++)
		if (is_asked(f->io, names[i], asked))
			add_alike(&all, names[i]);
	if (all.n == 0)
		return -ENODEV;
	if (all.n > 1)
		r = choose(f, asked, &all, names, &all.names[0]);
	if (r < 0)
		return r;
	*ret = vprep_pool_dup(f->pool, all.names[0]);
	return vprep_device_finding_result(f);
}

int vprep_usb_is_hub(const struct vprep_io *io, const char *sysfs)
{
	uint64_t class;
	int r = vprep_io_read_u64(io, VPREP_SYS, 16, &class, FOLDER "/%s/bDeviceClass",
				  sysfs);

	return r < 0 ? r : class == USB_CLASS_HUB;
}

/* -ENODEV also for an interface, which has a sysfs name in the same folder. */
static int read_numbers(struct vprep_device_finding *f, struct vprep_device *d)
{
	uint64_t bus, device;
	int r;

	r = vprep_io_read_u64(f->io, VPREP_SYS, 10, &bus, FOLDER "/%s/busnum", d->sysfs);
	if (r == 0)
		r = vprep_io_read_u64(f->io, VPREP_SYS, 10, &device, FOLDER "/%s/devnum",
				      d->sysfs);
	if (r == 0)
		r = vprep_usb_is_hub(f->io, d->sysfs);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	d->usb_bus = (unsigned)bus;
	d->usb_device = (unsigned)device;
	if (r == 0)
		return 0;
	/* QEMU does not take one */
	f->explained = true;
	return vprep_error_set(f->err, VPREP_E_UNSUPPORTED, EOPNOTSUPP,
			       vprep_device_asked_text(d).s,
			       "%s is a hub: give the guest what is plugged into it",
			       vprep_device_asked_text(d).s);
}

/* What makes it this device, wherever it is plugged in. */
static const char *const identity[] = { "idVendor", "idProduct", "serial", NULL };

static int read_identity(struct vprep_device_finding *f, struct vprep_device *d)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *text;
	size_t i;
	int r;

	for (i = 0; identity[i]; i++) {
		_cleanup_free_ char *value = NULL;

		r = vprep_device_read_identity(f, d, identity[i], &value);
		if (r < 0)
			return r;
		vprep_buf_addf(&buf, "%s%s", i > 0 ? " " : "", value ? value : "");
	}
	r = vprep_buf_take(&buf, &text);
	d->identity = r == 0 ? vprep_pool_take(f->pool, text) : NULL;
	return r;
}

static int ask_serial(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	_cleanup_free_ char *serial = NULL;

	(void)ret_err;
	return vprep_io_read(io, VPREP_SYS, &serial, FOLDER "/%s/serial",
			     (const char *)data);
}

/* The serial number, which tells it from others, waits for the device's lock. */
static int refuse_stuck(struct vprep_device_finding *f, const struct vprep_device *d)
{
	if (vprep_io_ask_first(f->io, d->sysfs, "serial", ask_serial,
			       (void *)(uintptr_t)d->sysfs) == 0)
		return 0;
	f->explained = true;
	return vprep_error_set(
		f->err, VPREP_E_FAILED, ETIMEDOUT, d->name,
		"%s: the kernel does not tell its serial number within "
		"%d s: a driver or a program hangs with it; see the kernel "
		"log, or unplug it",
		d->name, VPREP_ANSWER_SECONDS);
}

static int find_any(struct vprep_device_finding *f, struct vprep_device *d)
{
	int r = d->asked.name ? vprep_device_find_sysfs(f, d)
			      : find_only(f, &d->asked, &d->sysfs);

	if (r == 0)
		r = read_numbers(f, d);
	if (r < 0)
		return r;
	d->name = vprep_device_libvirt_name(f->pool, PREFIX, d->sysfs);
	r = d->name ? refuse_stuck(f, d) : -ENOMEM;
	if (r == 0)
		r = read_identity(f, d);
	if (r < 0)
		return r;
	d->libvirt_name = d->name;
	d->node.path =
		vprep_pool_strf(f->pool, "bus/usb/%03u/%03u", d->usb_bus, d->usb_device);
	r = vprep_device_match(f, d,
			       vprep_strf("SUBSYSTEM==\"usb\", "
					  "ATTR{busnum}==\"%u\", "
					  "ATTR{devnum}==\"%u\"",
					  d->usb_bus, d->usb_device),
			       "ATTR", identity);
	return r < 0 ? r : vprep_device_finding_result(f);
}

/*
 * Why one that is not there is passed over; NULL: it is not. A domain that was saved has
 * the address at which libvirt had found the ids. When it is restored, libvirt looks for
 * the ids anew, and drops a requisite device that is missing, but the XML of its hook
 * tells neither.
 */
static const char *why_passed_over(const struct vprep_device_asked *asked)
{
	if (asked->name)
		return NULL;
	if (vprep_str_same(asked->usb.startup, "optional"))
		return "the domain starts without it (startupPolicy='optional')";
	if (asked->by_libvirt && (vprep_str_same(asked->usb.startup, "requisite") ||
				  (asked->usb.has_id && asked->usb.device > 0)))
		return "libvirt looks for it again";
	return NULL;
}

static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	_cleanup_free_ char *note = NULL;
	const char *why;
	int r = find_any(f, d);

	if (r != -ENODEV || f->explained || !(why = why_passed_over(&d->asked)))
		return r;
	note = vprep_strf("%s is not there; %s", text_of(&d->asked).s, why);
	return note && vprep_strv_add(f->notes, note) == 0 ? 1 : -ENOMEM;
}

static int look_for_uses(struct vprep_in_use *in_use, struct vprep_device *d)
{
	return vprep_in_use_below(in_use, d->sysfs, &d->uses);
}

static int add_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	return vprep_qemu_add(
		qemu, "-device",
		(const struct vprep_qemu_pair[]){ { "driver", "usb-host", 0 },
						  { "bus", BUS ".0", 0 },
						  { "hostbus", NULL, d->usb_bus },
						  { "hostaddr", NULL, d->usb_device },
						  { 0 } });
}

const struct vprep_device_kind vprep_kind_usb = {
	.type = "usb",
	.name_prefix = PREFIX,
	.folder = FOLDER,
	.missing = "USB device",
	.missing_hint = " on this host; is it plugged in? (see lsusb)",
	.qemu_bus = BUS,
	.qemu_bus_driver = "qemu-xhci",
	.parse_name = parse_name,
	.read_hostdev = read_hostdev,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.look_for_uses = look_for_uses,
	.add_to_qemu = add_to_qemu,
};
