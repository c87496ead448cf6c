// SPDX-License-Identifier: GPL-2.0-or-later
/* The elements of <devices> that can name a host device. */
#include "xml/domain-internal.h"

#include <errno.h>
#include <stdio.h>

#include "common/error.h"
#include "xml/value.h"

static int add(struct vprep_domain *domain, const struct vprep_device *device,
	       struct vprep_error *err)
{
	struct vprep_devices *devices = &domain->devices;
	size_t i;

	for (i = 0; i < devices->n; i++) {
		const struct vprep_device *earlier = &devices->items[i];

		if (earlier->kind == device->kind &&
		    device->kind->is_same(&earlier->asked, &device->asked))
			return vprep_xml_refuse(err, device->asked.line,
						"%s is asked for twice, first in line %u",
						vprep_device_asked_text(earlier).s,
						earlier->asked.line);
	}
	if (devices->n == VPREP_DOMAIN_DEVICES_MAX)
		return vprep_xml_refuse(err, device->asked.line,
					"more than %u host devices",
					VPREP_DOMAIN_DEVICES_MAX);
	return vprep_devices_add(devices, device) < 0 ? vprep_error_oom(err) : 0;
}

/* @r: how reading what is asked went. */
static int add_read(struct vprep_domain_reading *reading,
		    const struct vprep_device *device, int r, struct vprep_error *err)
{
	if (r == 0 && device->kind)
		r = add(reading->domain, device, err);
	return r < 0 ? r : 0;
}

static struct vprep_pool *pool_of(struct vprep_domain_reading *reading)
{
	return vprep_domain_pool(reading->domain);
}

/* "pci, usb or scsi": what a <hostdev> may be. */
static int refuse_type(const struct vprep_xml_node *hostdev, const char *type,
		       struct vprep_error *err)
{
	const struct vprep_device_kind *const *kind;
	const char *last = NULL;
	char types[64] = "";
	size_t n = 0;

	for (kind = vprep_device_kinds; *kind; kind++) {
		if (!(*kind)->read_hostdev)
			continue;
		if (last)
			n += (size_t)snprintf(types + n, sizeof(types) - n, "%s%s",
					      n ? ", " : "", last);
		last = (*kind)->type;
	}
	return vprep_xml_refuse(err, hostdev->line,
				"<%.60s> of type '%.60s': expected %s or %s",
				hostdev->name, type ? type : "", types, last);
}

/* A <hostdev> of that type, or an <interface> that is one. */
static int read_hostdev(const char *type, const struct vprep_xml_node *hostdev,
			struct vprep_device *device, struct vprep_pool *pool,
			struct vprep_error *err)
{
	const struct vprep_xml_node *source =
		vprep_xml_child(hostdev, VPREP_XML_PLAIN, "source");
	const struct vprep_device_kind *const *kind;

	for (kind = vprep_device_kinds; type && *kind; kind++) {
		if (!(*kind)->read_hostdev || !streq((*kind)->type, type))
			continue;
		if (!source)
			return vprep_xml_refuse(err, hostdev->line,
						"<%.60s> has no <source>", hostdev->name);
		device->kind = *kind;
		return (*kind)->read_hostdev(hostdev, source, &device->asked, pool, err);
	}
	return refuse_type(hostdev, type, err);
}

static struct vprep_device asked_by(const struct vprep_xml_node *node,
				    enum vprep_device_origin origin)
{
	return (struct vprep_device){
		.asked = { .origin = origin, .line = node->line },
		.group = -1,
	};
}

int vprep_domain_take_hostdev(void *data, const struct vprep_xml_node *node,
			      struct vprep_error *err)
{
	const char *mode = vprep_xml_attribute(node, "mode");
	struct vprep_device device = asked_by(node, VPREP_ORIGIN_HOSTDEV);

	if (mode && streq(mode, "capabilities"))
		return 0; /* it is for containers */
	if (mode && !streq(mode, "subsystem"))
		return vprep_xml_refuse(
			err, node->line,
			"<hostdev mode='%.60s'>: expected subsystem or capabilities",
			mode);
	return add_read(data, &device,
			read_hostdev(vprep_xml_attribute(node, "type"), node, &device,
				     pool_of(data), err),
			err);
}

static int read_mac(const struct vprep_xml_node *interface,
		    struct vprep_device_asked *asked, struct vprep_error *err)
{
	static const uint8_t none[6];
	const struct vprep_xml_node *mac =
		vprep_xml_child(interface, VPREP_XML_PLAIN, "mac");
	const char *address = mac ? vprep_xml_attribute(mac, "address") : NULL;

	if (!address)
		return 0;
	if (vprep_xml_parse_mac(address, asked->mac) < 0 || (asked->mac[0] & 1))
		return vprep_xml_refuse(err, mac->line,
					"<mac address='%.60s'>: expected six pairs of "
					"hexadecimal digits, of no group",
					address);
	/* all zeroes: libvirt makes one up */
	asked->has_mac = memcmp(asked->mac, none, sizeof(none)) != 0;
	return 0;
}

static int read_vlan(const struct vprep_xml_node *device,
		     struct vprep_device_asked *asked, struct vprep_error *err)
{
	static const struct vprep_xml_number id = { "id", 10, true, 0, 4095 };
	const struct vprep_xml_node *vlan =
		vprep_xml_child(device, VPREP_XML_PLAIN, "vlan");
	const struct vprep_xml_node *tag, *other;
	const char *trunk;
	uint64_t number;
	int r;

	if (!vlan)
		return 0;
	tag = vprep_xml_child(vlan, VPREP_XML_PLAIN, "tag");
	if (!tag)
		return vprep_xml_refuse(err, vlan->line, "<vlan> has no <tag>");
	trunk = vprep_xml_attribute(vlan, "trunk");
	for (other = tag->next; other; other = other->next)
		if (vprep_xml_is(other, VPREP_XML_PLAIN, "tag"))
			break;
	if (other || (trunk && strcasecmp(trunk, "yes") == 0))
		return vprep_xml_refuse(err, vlan->line,
					"<vlan>: a virtual function takes one tag, and "
					"no trunk");
	r = vprep_xml_get_number(tag, &id, &number, err);
	if (r < 0)
		return r;
	asked->has_vlan = true;
	asked->vlan = (uint16_t)number;
	return 0;
}

static int read_network_hostdev(const struct vprep_xml_node *interface,
				const struct vprep_xml_node *hostdev,
				struct vprep_device *device, struct vprep_pool *pool,
				struct vprep_error *err)
{
	const struct vprep_xml_node *source =
		vprep_xml_child(hostdev, VPREP_XML_PLAIN, "source");
	const struct vprep_xml_node *address =
		source ? vprep_xml_child(source, VPREP_XML_PLAIN, "address") : NULL;
	const char *type = address ? vprep_xml_attribute(address, "type") : NULL;
	int r;

	if ((!type || !*type) && source &&
	    vprep_xml_child(source, VPREP_XML_PLAIN, "vendor"))
		type = "usb";
	if (!type || (!streq(type, "pci") && !streq(type, "usb")))
		return vprep_xml_refuse(err, source ? source->line : hostdev->line,
					"<%.60s type='hostdev'> with a source address of "
					"type '%.60s': expected pci or usb",
					hostdev->name, type ? type : "");
	r = read_hostdev(type, hostdev, device, pool, err);
	if (r == 0)
		r = read_mac(interface, &device->asked, err);
	if (r == 0)
		r = read_vlan(hostdev, &device->asked, err);
	return r;
}

/* An <interface> of a type that belongs to one kind of devices; @node is itself, or its
 * <actual>. */
static int read_interface(const char *type, const struct vprep_xml_node *interface,
			  const struct vprep_xml_node *node, struct vprep_device *device,
			  struct vprep_pool *pool, struct vprep_error *err)
{
	const struct vprep_xml_node *source =
		vprep_xml_child(node, VPREP_XML_PLAIN, "source");
	const struct vprep_device_kind *const *kind;
	int r;

	for (kind = vprep_device_kinds; *kind; kind++) {
		if (!vprep_str_same((*kind)->interface_type, type))
			continue;
		if (!source)
			return vprep_xml_refuse(err, node->line,
						"<%.60s> has no <source>", node->name);
		device->kind = *kind;
		r = (*kind)->read_source(source, &device->asked, pool, err);
		return r < 0 ? r : read_mac(interface, &device->asked, err);
	}
	return 0;
}

int vprep_domain_take_interface(void *data, const struct vprep_xml_node *node,
				struct vprep_error *err)
{
	const char *type = vprep_xml_attribute(node, "type");
	const struct vprep_xml_node *actual = node;
	struct vprep_device device = asked_by(node, VPREP_ORIGIN_INTERFACE);
	int r;

	/* of a running domain: <actual> tells what the network's interface became */
	if (type && streq(type, "network")) {
		actual = vprep_xml_child(node, VPREP_XML_PLAIN, "actual");
		type = actual ? vprep_xml_attribute(actual, "type") : NULL;
	}
	if (!type)
		return 0;
	r = streq(type, "hostdev")
		    ? read_network_hostdev(node, actual, &device, pool_of(data), err)
		    : read_interface(type, node, actual, &device, pool_of(data), err);
	return add_read(data, &device, r, err);
}

/* libvirt has nobody write to a CD-ROM, nor to what is below a disk's own image. */
static bool is_read_only(const struct vprep_xml_node *storage)
{
	const char *device = vprep_xml_attribute(storage, "device");

	return vprep_xml_is(storage, VPREP_XML_PLAIN, "backingStore") ||
	       vprep_xml_child(storage, VPREP_XML_PLAIN, "readonly") ||
	       (device && streq(device, "cdrom"));
}

/* A <disk>, or a <backingStore>, <mirror> or <dataStore> in one. */
static int take_storage(void *data, const struct vprep_xml_node *node, bool read_only,
			struct vprep_error *err)
{
	const char *type = vprep_xml_attribute(node, "type");
	const struct vprep_xml_node *source =
		vprep_xml_child(node, VPREP_XML_PLAIN, "source");
	struct vprep_device device = asked_by(node, VPREP_ORIGIN_DISK);
	const struct vprep_device_kind *const *kind;
	int r = 0;

	device.asked.read_only = read_only;
	for (kind = vprep_device_kinds; source && type && *kind; kind++)
		if (vprep_str_same((*kind)->disk_type, type)) {
			device.kind = *kind;
			r = (*kind)->read_source(source, &device.asked, pool_of(data),
						 err);
		}
	return add_read(data, &device, r, err);
}

/* Each storage in @node, itself included: what is within a read-only one is so, too. The
 * reader bounds the depth. */
static int walk_storages(void *data, const struct vprep_xml_node *node, bool read_only,
			 struct vprep_error *err)
{
	static const char *const storages[] = { "backingStore", "mirror", "dataStore" };
	const struct vprep_xml_node *child;
	size_t i;
	int r = 0;

	read_only |= is_read_only(node);
	if (!vprep_xml_is(node, VPREP_XML_PLAIN, "source"))
		r = take_storage(data, node, read_only, err);
	for (child = node->children; child && r == 0; child = child->next) {
		if (child->space != VPREP_XML_PLAIN)
			continue;
		for (i = 0; i < VPREP_ARRAY_SIZE(storages); i++)
			if (streq(child->name, storages[i]))
				break;
		/* a <dataStore> may stand in a <source> */
		if (i < VPREP_ARRAY_SIZE(storages) || streq(child->name, "source"))
			r = walk_storages(data, child, read_only, err);
	}
	return r;
}

int vprep_domain_take_disk(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err)
{
	return walk_storages(data, node, false, err);
}
