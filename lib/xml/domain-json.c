// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>

#include <json-c/json_object.h>

#include "common/str.h"
#include "xml/domain.h"

/* What is added to, and whether something was lost for want of memory. */
struct json_to {
	struct json_object *object;
	bool failed;
};

static void add(struct json_to *to, const char *key, struct json_object *value)
{
	if (to->failed || !value || json_object_object_add(to->object, key, value) < 0) {
		json_object_put(value);
		to->failed = true;
	}
}

/* What is absent is never null. */
static void add_string(struct json_to *to, const char *key, const char *value)
{
	if (value)
		add(to, key, json_object_new_string(value));
}

static void add_number(struct json_to *to, const char *key, uint64_t value)
{
	add(to, key, json_object_new_uint64(value));
}

static void add_pci(struct json_to *to, const struct vprep_device_request *r)
{
	add_string(to, "address", vprep_pci_address_text(r->pci.address).s);
	add(to, "managed", json_object_new_boolean(r->pci.managed));
	add_string(to, "origin", vprep_request_origin_name(r->origin));
	add_string(to, "driver", r->pci.driver);
	if (r->pci.namespace_id)
		add_number(to, "namespace", r->pci.namespace_id);
}

static void add_mdev(struct json_to *to, const struct vprep_device_request *r)
{
	add_string(to, "uuid", vprep_uuid_text(&r->mdev.uuid).s);
	add_string(to, "model", vprep_mdev_model_name(r->mdev.model));
	add_string(to, "mdev_type", r->mdev.definition.type);
	add_string(to, "parent", r->mdev.definition.parent);
	add_string(to, "placement",
		   vprep_mdev_placement_name(r->mdev.definition.placement));
}

static void add_usb(struct json_to *to, const struct vprep_device_request *r)
{
	char id[sizeof("0x1234")];

	if (r->usb.has_id) {
		snprintf(id, sizeof(id), "0x%04x", r->usb.vendor);
		add_string(to, "vendor", id);
		snprintf(id, sizeof(id), "0x%04x", r->usb.product);
		add_string(to, "product", id);
	}
	if (r->usb.has_address) {
		add_number(to, "bus", r->usb.bus);
		add_number(to, "device", r->usb.device);
	}
	add_string(to, "startup_policy", vprep_startup_policy_name(r->usb.startup));
}

static void add_scsi(struct json_to *to, const struct vprep_device_request *r)
{
	char adapter[sizeof("scsi_host4294967295")];

	snprintf(adapter, sizeof(adapter), "scsi_host%u", r->scsi.host);
	add_string(to, "adapter", adapter);
	add_number(to, "bus", r->scsi.bus);
	add_number(to, "target", r->scsi.target);
	add_number(to, "unit", r->scsi.unit);
}

static void add_interface(struct json_to *to, const struct vprep_device_request *r)
{
	char mac[sizeof("52:54:00:12:34:56")];

	if (r->has_mac) {
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", r->mac[0],
			 r->mac[1], r->mac[2], r->mac[3], r->mac[4], r->mac[5]);
		add_string(to, "mac", mac);
	}
	if (r->has_vlan)
		add_number(to, "vlan", r->vlan);
}

static void add_request(struct json_to *to, const struct vprep_device_request *r)
{
	add_string(to, "type", vprep_request_kind_name(r->kind));
	switch (r->kind) {
	case VPREP_REQUEST_PCI:
		add_pci(to, r);
		break;
	case VPREP_REQUEST_MDEV:
		add_mdev(to, r);
		break;
	case VPREP_REQUEST_USB:
		add_usb(to, r);
		break;
	case VPREP_REQUEST_SCSI:
		add_scsi(to, r);
		break;
	case VPREP_REQUEST_SCSI_HOST:
		add_string(to, "wwpn", r->scsi_host.wwpn);
		break;
	case VPREP_REQUEST_VDPA:
		add_string(to, "path", r->vdpa.path);
		break;
	case VPREP_REQUEST_NONE:
	case VPREP_REQUEST_KINDS:
		break;
	}
	add_interface(to, r);
}

static int append(struct json_object *array, const struct vprep_device_request *r)
{
	struct json_to to = { .object = json_object_new_object() };

	if (!to.object)
		return -ENOMEM;
	add_request(&to, r);
	if (!to.failed && json_object_array_add(array, to.object) == 0)
		return 0;
	json_object_put(to.object);
	return -ENOMEM;
}

int vprep_domain_json(const struct vprep_domain *domain, bool pretty, char **ret)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE | JSON_C_TO_STRING_SPACED |
		    (pretty ? JSON_C_TO_STRING_PRETTY : 0);
	struct json_object *array = json_object_new_array();
	const char *text;
	char *copy = NULL;
	size_t i;
	int r = array ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < domain->requests.n; i++)
		r = append(array, &domain->requests.items[i]);
	if (r == 0) {
		text = json_object_to_json_string_ext(array, flags);
		copy = text ? strdup(text) : NULL;
		r = copy ? 0 : -ENOMEM;
	}
	json_object_put(array);
	if (r == 0)
		*ret = copy;
	return r;
}
