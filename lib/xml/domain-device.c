// SPDX-License-Identifier: GPL-2.0-or-later
/* The elements of <devices> that can name a host device. */
#include "xml/domain-internal.h"

#include <errno.h>

#include "common/error.h"
#include "xml/value.h"

int vprep_domain_add(struct vprep_domain *domain, struct vprep_device_request *request,
		     struct vprep_error *err)
{
	struct vprep_device_requests *requests = &domain->requests;
	size_t i;

	for (i = 0; i < requests->n; i++) {
		const struct vprep_device_request *earlier = &requests->items[i];

		if (vprep_device_request_same(earlier, request))
			return vprep_xml_refuse(err, request->line,
						"%s is asked for twice, first in line %u",
						vprep_device_request_text(earlier).s,
						earlier->line);
	}
	if (requests->n == VPREP_DOMAIN_REQUESTS_MAX)
		return vprep_xml_refuse(err, request->line, "more than %u host devices",
					VPREP_DOMAIN_REQUESTS_MAX);
	if (vprep_device_requests_add(requests, request) < 0)
		return vprep_error_oom(err);
	return 0;
}

/* @r: how reading the request went. Moves or releases it. */
static int add_read(struct vprep_domain_reading *reading,
		    struct vprep_device_request *request, int r, struct vprep_error *err)
{
	if (r == 0 && request->kind != VPREP_REQUEST_NONE)
		r = vprep_domain_add(reading->domain, request, err);
	vprep_device_request_done(request);
	return r;
}

int vprep_domain_take_hostdev(void *data, const struct vprep_xml_node *node,
			      struct vprep_error *err)
{
	const char *mode = vprep_xml_attribute(node, "mode");
	struct vprep_device_request request = { .origin = VPREP_ORIGIN_HOSTDEV,
						.line = node->line };

	if (mode && streq(mode, "capabilities"))
		return 0; /* of containers */
	if (mode && !streq(mode, "subsystem"))
		return vprep_xml_refuse(
			err, node->line,
			"<hostdev mode='%.60s'>: expected subsystem or capabilities",
			mode);
	return add_read(data, &request,
			vprep_domain_read_hostdev(vprep_xml_attribute(node, "type"), node,
						  &request, err),
			err);
}

static int read_mac(const struct vprep_xml_node *interface,
		    struct vprep_device_request *request, struct vprep_error *err)
{
	static const uint8_t none[6];
	const struct vprep_xml_node *mac =
		vprep_xml_child(interface, VPREP_XML_PLAIN, "mac");
	const char *address = mac ? vprep_xml_attribute(mac, "address") : NULL;

	if (!address)
		return 0;
	if (vprep_xml_parse_mac(address, request->mac) < 0 || (request->mac[0] & 1))
		return vprep_xml_refuse(err, mac->line,
					"<mac address='%.60s'>: expected six pairs of "
					"hexadecimal digits, of no group",
					address);
	/* all zeroes: libvirt makes one up */
	request->has_mac = memcmp(request->mac, none, sizeof(none)) != 0;
	return 0;
}

static int read_vlan(const struct vprep_xml_node *device,
		     struct vprep_device_request *request, struct vprep_error *err)
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
	request->has_vlan = true;
	request->vlan = (uint16_t)number;
	return 0;
}

static int read_network_hostdev(const struct vprep_xml_node *interface,
				const struct vprep_xml_node *device,
				struct vprep_device_request *request,
				struct vprep_error *err)
{
	const struct vprep_xml_node *source =
		vprep_xml_child(device, VPREP_XML_PLAIN, "source");
	const struct vprep_xml_node *address =
		source ? vprep_xml_child(source, VPREP_XML_PLAIN, "address") : NULL;
	const char *type = address ? vprep_xml_attribute(address, "type") : NULL;
	int r;

	if ((!type || !*type) && source &&
	    vprep_xml_child(source, VPREP_XML_PLAIN, "vendor"))
		type = "usb";
	if (!type || (!streq(type, "pci") && !streq(type, "usb")))
		return vprep_xml_refuse(err, source ? source->line : device->line,
					"<%.60s type='hostdev'> with a source address of "
					"type '%.60s': expected pci or usb",
					device->name, type ? type : "");
	r = vprep_domain_read_hostdev(type, device, request, err);
	if (r == 0)
		r = read_mac(interface, request, err);
	if (r == 0)
		r = read_vlan(device, request, err);
	return r;
}

int vprep_domain_take_interface(void *data, const struct vprep_xml_node *node,
				struct vprep_error *err)
{
	const char *type = vprep_xml_attribute(node, "type");
	const struct vprep_xml_node *device = node, *source;
	struct vprep_device_request request = { .origin = VPREP_ORIGIN_INTERFACE,
						.line = node->line };
	int r = 0;

	/* what became of it, of a running domain */
	if (type && streq(type, "network")) {
		device = vprep_xml_child(node, VPREP_XML_PLAIN, "actual");
		type = device ? vprep_xml_attribute(device, "type") : NULL;
	}
	if (type && streq(type, "hostdev")) {
		r = read_network_hostdev(node, device, &request, err);
	} else if (type && streq(type, "vdpa")) {
		source = vprep_xml_child(device, VPREP_XML_PLAIN, "source");
		r = source ? vprep_domain_read_vdpa(source, &request, err)
			   : vprep_xml_refuse(err, device->line,
					      "<%.60s> has no <source>", device->name);
	}
	return add_read(data, &request, r, err);
}

/* A disk, or what its data comes from or goes to besides. */
static int take_storage(void *data, const struct vprep_xml_node *node,
			struct vprep_error *err)
{
	const char *type = vprep_xml_attribute(node, "type");
	const struct vprep_xml_node *source =
		vprep_xml_child(node, VPREP_XML_PLAIN, "source");
	struct vprep_device_request request = { .origin = VPREP_ORIGIN_DISK,
						.line = node->line };
	int r = 0;

	if (source && type && streq(type, "nvme"))
		r = vprep_domain_read_nvme(source, &request, err);
	else if (source && type && streq(type, "vhostvdpa"))
		r = vprep_domain_read_vdpa(source, &request, err);
	return add_read(data, &request, r, err);
}

/* Each storage in @node, itself included. The reader bounds the depth. */
static int walk_storages(void *data, const struct vprep_xml_node *node,
			 struct vprep_error *err)
{
	static const char *const storages[] = { "backingStore", "mirror", "dataStore" };
	const struct vprep_xml_node *child;
	size_t i;
	int r = 0;

	if (!vprep_xml_is(node, VPREP_XML_PLAIN, "source"))
		r = take_storage(data, node, err);
	for (child = node->children; child && r == 0; child = child->next) {
		if (child->space != VPREP_XML_PLAIN)
			continue;
		for (i = 0; i < VPREP_ARRAY_SIZE(storages); i++)
			if (streq(child->name, storages[i]))
				break;
		/* a <dataStore> may stand in a <source> */
		if (i < VPREP_ARRAY_SIZE(storages) || streq(child->name, "source"))
			r = walk_storages(data, child, err);
	}
	return r;
}

int vprep_domain_take_disk(void *data, const struct vprep_xml_node *node,
			   struct vprep_error *err)
{
	return walk_storages(data, node, err);
}
