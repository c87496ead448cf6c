// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VDSM's shape (lib/vdsm/common/hostdev.py), key for key and type for type: numbers are
 * strings but for totalvfs, truth is a string, and what is absent has no key.
 */
#include "nodedev/json.h"

#include <errno.h>
#include <stdio.h>

#include "common/str.h"

/* What is added to, and whether something was lost for want of memory. */
struct params {
	struct json_object *object;
	bool failed;
};

static void add(struct params *to, const char *key, struct json_object *value)
{
	if (to->failed || !value || json_object_object_add(to->object, key, value) < 0) {
		json_object_put(value);
		to->failed = true;
	}
}

static void add_string(struct params *to, const char *key, const char *value)
{
	if (value)
		add(to, key, json_object_new_string(value));
}

static void add_number(struct params *to, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_string(to, key, text);
}

static void add_id(struct params *to, const char *key, uint16_t id)
{
	char text[sizeof("0x1234")];

	snprintf(text, sizeof(text), "0x%04x", id);
	add_string(to, key, text);
}

/* A new object under @key. */
static struct params add_object(struct params *to, const char *key)
{
	struct params child = { .object = json_object_new_object() };

	add(to, key, child.object);
	if (to->failed)
		child = (struct params){ .failed = true };
	return child;
}

static void add_types(struct params *to, const struct vprep_nodedev_mdev_types *types)
{
	struct params mdev;
	size_t i;

	if (types->n == 0)
		return;
	mdev = add_object(to, "mdev");
	for (i = 0; i < types->n; i++) {
		const struct vprep_nodedev_mdev_type *type = &types->items[i];
		struct params one = add_object(&mdev, type->id);

		add_string(&one, "name", type->name ? type->name : type->id);
		add_number(&one, "available_instances", type->available);
		add_string(&one, "description", type->description);
		mdev.failed |= one.failed;
	}
	to->failed |= mdev.failed;
}

static void add_pci(struct params *to, const struct vprep_nodedev *d)
{
	const struct vprep_pci_node *pci = &d->pci;
	struct params address = add_object(to, "address");

	add_number(&address, "domain", pci->address.domain);
	add_number(&address, "bus", pci->address.bus);
	add_number(&address, "slot", pci->address.slot);
	add_number(&address, "function", pci->address.function);
	to->failed |= address.failed;
	add_id(to, "product_id", pci->product);
	add_string(to, "product", pci->product_name);
	add_id(to, "vendor_id", pci->vendor);
	add_string(to, "vendor", pci->vendor_name);
	if (pci->group >= 0)
		add_number(to, "iommu_group", (uint64_t)pci->group);
	if (pci->numa >= 0)
		add_number(to, "numa_node", (uint64_t)pci->numa);
	if (pci->total_vfs >= 0)
		add(to, "totalvfs", json_object_new_int64(pci->total_vfs));
	if (pci->has_physfn)
		add_string(to, "physfn", vprep_pci_address_name(pci->physfn).s);
	add_types(to, &pci->types);
}

static void add_usb(struct params *to, const struct vprep_nodedev *d)
{
	struct params address = add_object(to, "address");

	add_number(&address, "bus", d->usb.bus);
	add_number(&address, "device", d->usb.device);
	to->failed |= address.failed;
	add_id(to, "product_id", d->usb.product);
	add_string(to, "product", d->usb.product_name);
	add_id(to, "vendor_id", d->usb.vendor);
	add_string(to, "vendor", d->usb.vendor_name);
}

static void add_scsi(struct params *to, const struct vprep_nodedev *d,
		     const struct vprep_nodedev_family *family)
{
	struct params address = add_object(to, "address");

	add_number(&address, "host", d->scsi.host);
	add_number(&address, "bus", d->scsi.bus);
	add_number(&address, "target", d->scsi.target);
	add_number(&address, "lun", d->scsi.lun);
	to->failed |= address.failed;
	if (family->storage) {
		add_string(to, "vendor", family->storage->storage.vendor);
		add_string(to, "product", family->storage->storage.model);
	}
	if (family->generic) {
		add_string(to, "udev_path", family->generic->node);
		if (family->storage)
			add_string(to, "block_path", family->storage->storage.block);
	}
}

/* Only the direct children of the capability count for VDSM. */
static void add_product(struct params *to, const struct vprep_nodedev *d)
{
	if (d->cap == VPREP_CAP_SYSTEM) {
		add_string(to, "product", d->system.product);
	} else if (d->cap == VPREP_CAP_STORAGE) {
		add_string(to, "product", d->storage.model);
		add_string(to, "vendor", d->storage.vendor);
	} else if (d->cap == VPREP_CAP_NET) {
		add_string(to, "interface", d->net.interface);
	} else if (d->cap == VPREP_CAP_SCSI_GENERIC) {
		add_string(to, "udev_path", d->node);
	}
}

int vprep_nodedev_json(const struct vprep_nodedev *d,
		       const struct vprep_nodedev_family *family,
		       struct json_object *list)
{
	struct params top = { .object = list };
	struct params device = add_object(&top, d->name);
	struct params to = add_object(&device, "params");
	bool assignable = d->cap != VPREP_CAP_PCI || d->pci.header_type == 0;

	add_string(&to, "capability", vprep_cap_name(d->cap));
	add_string(&to, "is_assignable", assignable ? "true" : "false");
	add_string(&to, "driver", d->driver);
	add_string(&to, "parent", d->parent);
	if (d->cap == VPREP_CAP_PCI)
		add_pci(&to, d);
	else if (d->cap == VPREP_CAP_USB_DEVICE)
		add_usb(&to, d);
	else if (d->cap == VPREP_CAP_SCSI)
		add_scsi(&to, d, family);
	else
		add_product(&to, d);
	return top.failed || device.failed || to.failed ? -ENOMEM : 0;
}
