// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/json.h"
#include "common/str.h"
#include "model/vf.h"
#include "xml/domain.h"

static void add_pci(struct vprep_json to, const struct vprep_device_request *r)
{
	vprep_json_add_string(to, "address", vprep_pci_address_text(r->pci.address).s);
	vprep_json_add_bool(to, "managed", r->pci.managed);
	vprep_json_add_string(to, "origin", vprep_request_origin_name(r->origin));
	vprep_json_add_string(to, "driver", r->pci.driver);
	if (r->pci.namespace_id)
		vprep_json_add_unsigned(to, "namespace", r->pci.namespace_id);
}

static void add_mdev(struct vprep_json to, const struct vprep_device_request *r)
{
	vprep_json_add_string(to, "uuid", vprep_uuid_text(&r->mdev.uuid).s);
	vprep_json_add_string(to, "model", vprep_mdev_model_name(r->mdev.model));
	vprep_json_add_string(to, "mdev_type", r->mdev.definition.type);
	vprep_json_add_string(to, "parent", r->mdev.definition.parent);
	vprep_json_add_string(to, "placement",
			      vprep_mdev_placement_name(r->mdev.definition.placement));
}

static void add_usb(struct vprep_json to, const struct vprep_device_request *r)
{
	if (r->usb.has_id) {
		vprep_json_add_text(to, "vendor", "0x%04x", r->usb.vendor);
		vprep_json_add_text(to, "product", "0x%04x", r->usb.product);
	}
	if (r->usb.has_address) {
		vprep_json_add_unsigned(to, "bus", r->usb.bus);
		vprep_json_add_unsigned(to, "device", r->usb.device);
	}
	vprep_json_add_string(to, "startup_policy",
			      vprep_startup_policy_name(r->usb.startup));
}

static void add_scsi(struct vprep_json to, const struct vprep_device_request *r)
{
	vprep_json_add_text(to, "adapter", "scsi_host%u", r->scsi.host);
	vprep_json_add_unsigned(to, "bus", r->scsi.bus);
	vprep_json_add_unsigned(to, "target", r->scsi.target);
	vprep_json_add_unsigned(to, "unit", r->scsi.unit);
}

static void add_interface(struct vprep_json to, const struct vprep_device_request *r)
{
	if (r->has_mac)
		vprep_json_add_string(to, "mac", vprep_mac_text(r->mac).s);
	if (r->has_vlan)
		vprep_json_add_unsigned(to, "vlan", r->vlan);
}

static void add_request(struct vprep_json to, const struct vprep_device_request *r)
{
	vprep_json_add_string(to, "type", vprep_request_kind_name(r->kind));
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
		vprep_json_add_string(to, "wwpn", r->scsi_host.wwpn);
		break;
	case VPREP_REQUEST_VDPA:
		vprep_json_add_string(to, "path", r->vdpa.path);
		break;
	case VPREP_REQUEST_NONE:
	case VPREP_REQUEST_KINDS:
		break;
	}
	add_interface(to, r);
}

int vprep_domain_json(const struct vprep_domain *domain, bool pretty, char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json array = vprep_json_begin_array(&document);
	size_t i;

	for (i = 0; i < domain->requests.n; i++)
		add_request(vprep_json_add_object(array, NULL),
			    &domain->requests.items[i]);
	return vprep_json_text(&document, pretty ? VPREP_JSON_PRETTY : VPREP_JSON_SPACED,
			       ret);
}
