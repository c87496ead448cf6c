// SPDX-License-Identifier: GPL-2.0-or-later
#include "nodedev/kinds.h"

#define BIT(cap) VPREP_CAP_BIT(VPREP_CAP_##cap)

const struct vprep_nodedev_bus vprep_nodedev_buses[VPREP_NODEDEV_BUSES] = {
	{ "ap", "bus/ap/devices", BIT(AP_CARD) | BIT(AP_QUEUE), false, VPREP_CAPS },
	{ "block", "class/block", BIT(STORAGE), false, VPREP_CAPS },
	{ "ccw", "bus/ccw/devices", BIT(CCW), false, VPREP_CAP_CCW },
	{ "css", "bus/css/devices", BIT(CSS) | BIT(MDEV_TYPES), false, VPREP_CAP_CSS },
	{ "drm", "class/drm", BIT(DRM), false, VPREP_CAPS },
	{ "matrix", "bus/matrix/devices", BIT(AP_MATRIX) | BIT(MDEV_TYPES), false,
	  VPREP_CAP_AP_MATRIX },
	{ "mdev", "bus/mdev/devices", BIT(MDEV), true, VPREP_CAP_MDEV },
	/* libvirt knows no other parent that is not on a bus of its own */
	{ "mtty", "class/mtty", BIT(MDEV_TYPES), true, VPREP_CAP_MDEV_TYPES },
	/* with a DEVTYPE it is a bridge, a bond, a VLAN…, and not listed */
	{ "net", "class/net", BIT(NET), false, VPREP_CAP_NET },
	{ "pci", "bus/pci/devices", BIT(PCI) | BIT(MDEV_TYPES) | BIT(VPD), true,
	  VPREP_CAP_PCI },
	{ "scsi", "bus/scsi/devices",
	  BIT(SCSI_HOST) | BIT(SCSI_TARGET) | BIT(SCSI) | BIT(FC_HOST) | BIT(VPORTS),
	  false, VPREP_CAPS },
	{ "scsi_generic", "class/scsi_generic", BIT(SCSI_GENERIC), true,
	  VPREP_CAP_SCSI_GENERIC },
	{ "usb", "bus/usb/devices", BIT(USB_DEVICE) | BIT(USB), false, VPREP_CAPS },
	{ "vdpa", "bus/vdpa/devices", BIT(VDPA), true, VPREP_CAP_VDPA },
};

const struct vprep_nodedev_kind vprep_nodedev_kinds[VPREP_CAPS] = {
	[VPREP_CAP_SYSTEM] = { .name = "computer", .read = vprep_read_system },
	[VPREP_CAP_PCI] = { .read = vprep_read_pci },
	[VPREP_CAP_USB_DEVICE] = { "usb_device", .read = vprep_read_usb_device },
	[VPREP_CAP_USB] = { "usb_interface", .read = vprep_read_usb },
	[VPREP_CAP_NET] = { "wlan", .is_listed = vprep_is_listed_net,
			    .name_extra = vprep_name_extra_net, .read = vprep_read_net },
	[VPREP_CAP_SCSI_HOST] = { "scsi_host", .read = vprep_read_scsi_host },
	[VPREP_CAP_SCSI_TARGET] = { "scsi_target", .read = vprep_read_scsi_target },
	[VPREP_CAP_SCSI] = { "scsi_device", .is_listed = vprep_is_listed_scsi,
			     .read = vprep_read_scsi },
	[VPREP_CAP_STORAGE] = { "disk", .is_listed = vprep_is_listed_storage,
				.name_extra = vprep_name_extra_storage,
				.read = vprep_read_storage },
	[VPREP_CAP_SCSI_GENERIC] = { .is_listed = vprep_is_listed_node,
				     .read = vprep_read_node },
	[VPREP_CAP_DRM] = { "drm_minor", .is_listed = vprep_is_listed_drm,
			    .read = vprep_read_drm },
	[VPREP_CAP_MDEV_TYPES] = { .read = vprep_read_types },
	[VPREP_CAP_MDEV] = { .is_listed = vprep_is_listed_mdev,
			     .name_extra = vprep_name_extra_mdev,
			     .read = vprep_read_mdev },
	[VPREP_CAP_CCW] = { .is_listed = vprep_is_listed_ccw, .read = vprep_read_ccw },
	[VPREP_CAP_CSS] = { .is_listed = vprep_is_listed_css, .read = vprep_read_css },
	[VPREP_CAP_VDPA] = { .is_listed = vprep_is_listed_vdpa, .read = vprep_read_vdpa },
	[VPREP_CAP_AP_CARD] = { "ap_card", .is_listed = vprep_is_listed_ap,
				.read = vprep_read_ap },
	[VPREP_CAP_AP_QUEUE] = { "ap_queue", .is_listed = vprep_is_listed_ap,
				 .read = vprep_read_ap },
	[VPREP_CAP_AP_MATRIX] = { .name = "ap_matrix", .read = vprep_read_types },
};
