// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/device.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"

#define NODE_NAME_MAX 63
#define SHOWN_MAX 60 /* of a hostile name, in a message */

const char *vprep_device_origin_name(enum vprep_device_origin origin)
{
	static const char *const names[] = {
		[VPREP_ORIGIN_HOSTDEV] = "hostdev",
		[VPREP_ORIGIN_INTERFACE] = "interface",
		[VPREP_ORIGIN_DISK] = "disk",
	};

	return names[origin];
}

/* As dev_valid_name() in the kernel has it. */
static bool is_interface_name(const char *s)
{
	size_t i, len = strlen(s);

	if (len == 0 || len >= IFNAMSIZ || streq(s, ".") || streq(s, ".."))
		return false;
	for (i = 0; i < len; i++)
		if (s[i] == '/' || s[i] == ':' || isspace((unsigned char)s[i]) ||
		    iscntrl((unsigned char)s[i]))
			return false;
	return true;
}

bool vprep_is_node_device_name(const char *text, const char *prefix)
{
	size_t i;

	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return false;
	for (i = 0; text[i]; i++)
		if (i >= NODE_NAME_MAX ||
		    (!isalnum((unsigned char)text[i]) && !strchr("_-", text[i])))
			return false;
	return true;
}

int vprep_device_parse_name(const char *text, struct vprep_device *ret,
			    struct vprep_error *err)
{
	struct vprep_device device = { .asked.name = text, .group = -1 };
	const struct vprep_device_kind *const *kind;
	bool has_prefix = false;

	for (kind = vprep_device_kinds; *kind; kind++) {
		const char *prefix = (*kind)->name_prefix;

		if (!prefix)
			continue;
		if ((*kind)->parse_name(text, &device.asked))
			break;
		has_prefix |= strncmp(text, prefix, strlen(prefix)) == 0;
	}
	if (text[0] == '@')
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"'%.*s' is a declared name, which stands for what is free at the "
			"time: here a device is named by itself; 'vfio-prep pools' "
			"shows who has which",
			SHOWN_MAX, text);
	if (!*kind && (has_prefix || !is_interface_name(text)))
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"'%.*s%s' is not a device name: expected pci_0000_05_10_1, "
			"0000:05:10.1, 05:10.1, usb_1_2, scsi_0_0_0_0, mdev_UUID, vdpa_NAME or a "
			"network interface",
			SHOWN_MAX, text, strlen(text) > SHOWN_MAX ? "..." : "");
	device.kind = *kind;
	if (!*kind) {
		device.kind = &vprep_kind_pci;
		device.asked.pci.netdev = text;
	}
	*ret = device;
	return 0;
}

struct vprep_device_text vprep_device_asked_text(const struct vprep_device *device)
{
	struct vprep_device_text text;

	if (!device->asked.name)
		return device->kind->text(&device->asked);
	snprintf(text.s, sizeof(text.s), "%s", device->asked.name);
	return text;
}

int vprep_devices_add(struct vprep_devices *devices, const struct vprep_device *device)
{
	struct vprep_device *added = vprep_array_add(devices->items, devices->n);

	if (!added)
		return -ENOMEM;
	*added = *device;
	return 0;
}

const struct vprep_device *vprep_devices_named(const struct vprep_devices *devices,
					       size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (streq(devices->items[i].name, name))
			return &devices->items[i];
	return NULL;
}

void vprep_devices_done(struct vprep_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->n; i++) {
		vprep_uses_done(&devices->items[i].uses);
		vprep_vf_done(&devices->items[i].vf);
	}
	vprep_pool_done(&devices->pool);
	free(devices->items);
	*devices = (struct vprep_devices){ 0 };
}

struct vprep_guest_nodes vprep_device_guest_nodes(const struct vprep_device *device,
						  bool iommufd)
{
	const struct vprep_device_kind *kind = device->kind;
	bool by_cdev = vprep_device_is_by_cdev(device, iommufd);
	const char *own = kind->shared_node ? kind->shared_node
			  : by_cdev	    ? device->cdev.path
					    : device->node.path;
	const char *common = !kind->is_vfio ? NULL
			     : by_cdev	    ? VPREP_IOMMUFD
					    : "vfio/vfio";

	return (struct vprep_guest_nodes){ { own ? own : common, own ? common : NULL } };
}

void vprep_uses_done(struct vprep_uses *uses)
{
	size_t i;

	for (i = 0; i < uses->n; i++) {
		free(uses->items[i].what);
		free(uses->items[i].fix);
	}
	free(uses->items);
	*uses = (struct vprep_uses){ 0 };
}
