// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/usage.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/cdev.h"
#include "device/target.h"

#define PCI_FOLDER "bus/pci/devices"
#define MDEV_FOLDER "bus/mdev/devices"

struct reading {
	const struct vprep_io *io;
	const struct vprep_device_requests *requests;
	struct vprep_usages *usages;
};

static int read_group(const struct vprep_io *io, const char *folder, const char *name,
		      struct vprep_usage *usage)
{
	_cleanup_free_ char *group = NULL;
	uint64_t number;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &group, "%s/%s/iommu_group", folder, name);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	if (vprep_parse_u64(group, 10, INT32_MAX, &number) < 0)
		return -EIO;
	usage->group = (int64_t)number;
	usage->node = vprep_strf("vfio/%u", (unsigned)number);
	return usage->node ? vprep_cdev_find(io, name, &usage->cdev) : -ENOMEM;
}

static const char *mdev_api(const struct vprep_io *io, const struct vprep_target *target)
{
	static const char *const apis[] = { "vfio-ccw", "vfio-ap" };
	_cleanup_free_ char *api = NULL;
	size_t i;

	if (vprep_io_read(io, VPREP_SYS, &api, MDEV_FOLDER "/%s/mdev_type/device_api",
			  target->name) < 0 &&
	    target->api)
		api = strdup(target->api);
	for (i = 0; api && i < VPREP_ARRAY_SIZE(apis); i++)
		if (streq(api, apis[i]))
			return apis[i];
	return "vfio-pci";
}

/* The numbers of "bus/usb/001/004". */
static int parse_usb_node(const char *node, struct vprep_usage *usage)
{
	const char *device = strrchr(node, '/');
	uint64_t bus_number, number;

	if (device - node < 3 ||
	    vprep_parse_u64_n(device - 3, 3, 10, UINT16_MAX, &bus_number) < 0 ||
	    vprep_parse_u64(device + 1, 10, UINT16_MAX, &number) < 0)
		return -EIO;
	usage->usb_bus = (unsigned)bus_number;
	usage->usb_device = (unsigned)number;
	return 0;
}

static const struct vprep_device_request *find_vdpa(const struct reading *r,
						    const char *node)
{
	size_t i;

	for (i = 0; r->requests && i < r->requests->n; i++) {
		const struct vprep_device_request *request = &r->requests->items[i];

		if (request->kind == VPREP_REQUEST_VDPA &&
		    vprep_str_same(vprep_io_below_dev(request->vdpa.path), node))
			return request;
	}
	return NULL;
}

static void describe_vdpa(const struct reading *r, struct vprep_usage *usage)
{
	const struct vprep_device_request *request = find_vdpa(r, usage->node);

	usage->kind = VPREP_USAGE_VDPA_NET;
	if (!request)
		return;
	if (request->origin == VPREP_ORIGIN_DISK)
		usage->kind = VPREP_USAGE_VDPA_DISK;
	usage->has_mac = request->has_mac;
	memcpy(usage->mac, request->mac, sizeof(usage->mac));
}

static int describe_node(const struct reading *r, const struct vprep_target *target,
			 struct vprep_usage *usage)
{
	static const char usb[] = "bus/usb/", scsi[] = "sg";

	if (!target->node) {
		usage->kind = VPREP_USAGE_VHOST_SCSI;
		return 0;
	}
	if (vprep_str_replace(&usage->node, target->node) < 0)
		return -ENOMEM;
	if (strncmp(target->node, usb, strlen(usb)) == 0) {
		usage->kind = VPREP_USAGE_USB;
		return parse_usb_node(target->node, usage);
	}
	if (strncmp(target->node, scsi, strlen(scsi)) == 0)
		usage->kind = VPREP_USAGE_SCSI;
	else
		describe_vdpa(r, usage);
	return 0;
}

static int describe(const struct reading *r, const struct vprep_target *target,
		    struct vprep_usage *usage)
{
	const char *prefix = "";

	switch (target->kind) {
	case VPREP_TARGET_PCI:
		usage->kind = VPREP_USAGE_PCI;
		prefix = "pci_";
		break;
	case VPREP_TARGET_MDEV:
		usage->kind = VPREP_USAGE_MDEV;
		usage->api = mdev_api(r->io, target);
		prefix = "mdev_";
		break;
	case VPREP_TARGET_NODE:
		break;
	}
	usage->device = strdup(target->name);
	usage->name =
		*prefix ? vprep_target_name(prefix, target->name) : strdup(target->name);
	if (!usage->device || !usage->name)
		return -ENOMEM;
	if (target->kind == VPREP_TARGET_NODE)
		return describe_node(r, target, usage);
	/* one that its domain has described is made in time, and its group with it */
	if (target->kind == VPREP_TARGET_MDEV && target->is_new && r->requests)
		return 0;
	return read_group(r->io,
			  target->kind == VPREP_TARGET_PCI ? PCI_FOLDER : MDEV_FOLDER,
			  target->name, usage);
}

static int add(struct reading *r, const struct vprep_target *target,
	       uint64_t namespace_id)
{
	struct vprep_usage usage = { .group = -1 };
	int n = describe(r, target, &usage);

	if (namespace_id > 0)
		usage.kind = VPREP_USAGE_NVME;
	usage.namespace_id = namespace_id;
	if (n == 0)
		n = vprep_usages_add(r->usages, &usage);
	vprep_usage_done(&usage);
	return n;
}

/* A controller is the guest's, but for the disks that a domain wants of one. */
static int add_target(struct reading *r, const struct vprep_target *target)
{
	size_t i, disks = 0;
	int n = 0;

	if (target->kind == VPREP_TARGET_PCI)
		for (i = 0; n == 0 && r->requests && i < r->requests->n; i++) {
			const struct vprep_device_request *request =
				&r->requests->items[i];

			if (request->kind != VPREP_REQUEST_PCI ||
			    request->origin != VPREP_ORIGIN_DISK ||
			    !vprep_pci_address_same(request->pci.address, target->pci))
				continue;
			disks++;
			n = add(r, target, request->pci.namespace_id);
		}
	return n < 0 || disks > 0 ? n : add(r, target, 0);
}

int vprep_usages_read(const struct vprep_io *io, const struct vprep_targets *targets,
		      const struct vprep_device_requests *requests,
		      struct vprep_usages *ret)
{
	struct vprep_usages usages = { 0 };
	struct reading r = { io, requests, &usages };
	size_t i;
	int n = 0;

	for (i = 0; n == 0 && i < targets->n; i++)
		n = add_target(&r, &targets->items[i]);
	if (n < 0) {
		vprep_usages_done(&usages);
		return n;
	}
	*ret = usages;
	return 0;
}
