// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VDSM's shape (lib/vdsm/common/hostdev.py), key for key and type for type: numbers are
 * strings but for totalvfs, truth is a string, and what is absent has no key.
 */
#include "nodedev/json.h"

#include <inttypes.h>

static void add_types(struct vprep_json to, const struct vprep_nodedev_mdev_types *types)
{
	struct vprep_json mdev;
	size_t i;

	if (types->n == 0)
		return;
	mdev = vprep_json_add_object(to, "mdev");
	for (i = 0; i < types->n; i++) {
		const struct vprep_mdev_type_facts *type = &types->items[i];
		struct vprep_json one = vprep_json_add_object(mdev, type->id);

		vprep_json_add_string(one, "name", type->name ? type->name : type->id);
		vprep_json_add_text(one, "available_instances", "%u", type->available);
		vprep_json_add_string(one, "description", type->description);
	}
}

static void add_pci(struct vprep_json to, const struct vprep_nodedev *d)
{
	const struct vprep_pci_node *pci = &d->pci;
	struct vprep_json address = vprep_json_add_object(to, "address");

	vprep_json_add_text(address, "domain", "%u", pci->address.domain);
	vprep_json_add_text(address, "bus", "%u", pci->address.bus);
	vprep_json_add_text(address, "slot", "%u", pci->address.slot);
	vprep_json_add_text(address, "function", "%u", pci->address.function);
	vprep_json_add_text(to, "product_id", "0x%04x", pci->product);
	vprep_json_add_string(to, "product", pci->product_name);
	vprep_json_add_text(to, "vendor_id", "0x%04x", pci->vendor);
	vprep_json_add_string(to, "vendor", pci->vendor_name);
	if (pci->group >= 0)
		vprep_json_add_text(to, "iommu_group", "%d", pci->group);
	if (pci->numa >= 0)
		vprep_json_add_text(to, "numa_node", "%d", pci->numa);
	if (pci->total_vfs >= 0)
		vprep_json_add_number(to, "totalvfs", pci->total_vfs);
	if (pci->has_physfn)
		vprep_json_add_string(to, "physfn",
				      vprep_pci_address_name(pci->physfn).s);
	add_types(to, &pci->types);
}

static void add_usb(struct vprep_json to, const struct vprep_nodedev *d)
{
	struct vprep_json address = vprep_json_add_object(to, "address");

	vprep_json_add_text(address, "bus", "%u", d->usb.bus);
	vprep_json_add_text(address, "device", "%u", d->usb.device);
	vprep_json_add_text(to, "product_id", "0x%04x", d->usb.product);
	vprep_json_add_string(to, "product", d->usb.product_name);
	vprep_json_add_text(to, "vendor_id", "0x%04x", d->usb.vendor);
	vprep_json_add_string(to, "vendor", d->usb.vendor_name);
}

static void add_scsi(struct vprep_json to, const struct vprep_nodedev *d,
		     const struct vprep_nodedev_family *family)
{
	struct vprep_json address = vprep_json_add_object(to, "address");

	vprep_json_add_text(address, "host", "%u", d->scsi.host);
	vprep_json_add_text(address, "bus", "%u", d->scsi.bus);
	vprep_json_add_text(address, "target", "%u", d->scsi.target);
	vprep_json_add_text(address, "lun", "%" PRIu64, d->scsi.lun);
	if (family->storage) {
		vprep_json_add_string(to, "vendor", family->storage->storage.vendor);
		vprep_json_add_string(to, "product", family->storage->storage.model);
	}
	if (family->generic) {
		vprep_json_add_string(to, "udev_path", family->generic->node);
		if (family->storage)
			vprep_json_add_string(to, "block_path",
					      family->storage->storage.block);
	}
}

/* Only the direct children of the capability count for VDSM. */
static void add_product(struct vprep_json to, const struct vprep_nodedev *d)
{
	if (d->cap == VPREP_CAP_SYSTEM) {
		vprep_json_add_string(to, "product", d->system.product);
	} else if (d->cap == VPREP_CAP_STORAGE) {
		vprep_json_add_string(to, "product", d->storage.model);
		vprep_json_add_string(to, "vendor", d->storage.vendor);
	} else if (d->cap == VPREP_CAP_NET) {
		vprep_json_add_string(to, "interface", d->net.interface);
	} else if (d->cap == VPREP_CAP_SCSI_GENERIC) {
		vprep_json_add_string(to, "udev_path", d->node);
	}
}

void vprep_nodedev_json(const struct vprep_nodedev *d,
			const struct vprep_nodedev_family *family, struct vprep_json list)
{
	struct vprep_json device = vprep_json_add_object(list, d->name);
	struct vprep_json to = vprep_json_add_object(device, "params");
	bool assignable = d->cap != VPREP_CAP_PCI || d->pci.header_type == 0;

	vprep_json_add_string(to, "capability", vprep_cap_name(d->cap));
	vprep_json_add_string(to, "is_assignable", assignable ? "true" : "false");
	vprep_json_add_string(to, "driver", d->driver);
	vprep_json_add_string(to, "parent", d->parent);
	if (d->cap == VPREP_CAP_PCI)
		add_pci(to, d);
	else if (d->cap == VPREP_CAP_USB_DEVICE)
		add_usb(to, d);
	else if (d->cap == VPREP_CAP_SCSI)
		add_scsi(to, d, family);
	else
		add_product(to, d);
}
