// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of capabilities, and of the buses on which devices with them are. */
#include <errno.h>

#include "common/str.h"
#include "nodedev/kind.h"

#define BIT(cap) VPREP_CAP_BIT(VPREP_CAP_##cap)

extern const struct vprep_nodedev_kind vprep_nodedev_system, vprep_nodedev_pci,
	vprep_nodedev_usb_device, vprep_nodedev_usb, vprep_nodedev_net,
	vprep_nodedev_scsi_host, vprep_nodedev_scsi_target, vprep_nodedev_scsi,
	vprep_nodedev_storage, vprep_nodedev_scsi_generic, vprep_nodedev_drm,
	vprep_nodedev_mdev_types, vprep_nodedev_mdev, vprep_nodedev_ccw,
	vprep_nodedev_css, vprep_nodedev_vdpa, vprep_nodedev_ap_card,
	vprep_nodedev_ap_queue, vprep_nodedev_ap_matrix;

const struct vprep_nodedev_kind *const vprep_nodedev_kinds[VPREP_CAPS] = {
	[VPREP_CAP_SYSTEM] = &vprep_nodedev_system,
	[VPREP_CAP_PCI] = &vprep_nodedev_pci,
	[VPREP_CAP_USB_DEVICE] = &vprep_nodedev_usb_device,
	[VPREP_CAP_USB] = &vprep_nodedev_usb,
	[VPREP_CAP_NET] = &vprep_nodedev_net,
	[VPREP_CAP_SCSI_HOST] = &vprep_nodedev_scsi_host,
	[VPREP_CAP_SCSI_TARGET] = &vprep_nodedev_scsi_target,
	[VPREP_CAP_SCSI] = &vprep_nodedev_scsi,
	[VPREP_CAP_STORAGE] = &vprep_nodedev_storage,
	[VPREP_CAP_FC_HOST] = &(const struct vprep_nodedev_kind){ .cap = "fc_host" },
	[VPREP_CAP_VPORTS] = &(const struct vprep_nodedev_kind){ .cap = "vports" },
	[VPREP_CAP_SCSI_GENERIC] = &vprep_nodedev_scsi_generic,
	[VPREP_CAP_DRM] = &vprep_nodedev_drm,
	[VPREP_CAP_MDEV_TYPES] = &vprep_nodedev_mdev_types,
	[VPREP_CAP_MDEV] = &vprep_nodedev_mdev,
	[VPREP_CAP_CCW] = &vprep_nodedev_ccw,
	[VPREP_CAP_CSS] = &vprep_nodedev_css,
	[VPREP_CAP_VDPA] = &vprep_nodedev_vdpa,
	[VPREP_CAP_AP_CARD] = &vprep_nodedev_ap_card,
	[VPREP_CAP_AP_QUEUE] = &vprep_nodedev_ap_queue,
	[VPREP_CAP_AP_MATRIX] = &vprep_nodedev_ap_matrix,
	[VPREP_CAP_VPD] = &(const struct vprep_nodedev_kind){ .cap = "vpd" },
};

const struct vprep_nodedev_bus vprep_nodedev_buses[] = {
	{ "ap", "bus/ap/devices", BIT(AP_CARD) | BIT(AP_QUEUE), false, VPREP_CAPS },
	{ "block", "class/block", BIT(STORAGE), false, VPREP_CAPS },
	{ "ccw", "bus/ccw/devices", BIT(CCW), false, VPREP_CAP_CCW },
	{ "css", "bus/css/devices", BIT(CSS), false, VPREP_CAP_CSS },
	{ "drm", "class/drm", BIT(DRM), false, VPREP_CAPS },
	{ "matrix", "bus/matrix/devices", BIT(AP_MATRIX), false, VPREP_CAP_AP_MATRIX },
	{ "mdev", "bus/mdev/devices", BIT(MDEV), true, VPREP_CAP_MDEV },
	/* libvirt knows no other parent that is not on a bus of its own */
	{ "mtty", "class/mtty", BIT(MDEV_TYPES), true, VPREP_CAP_MDEV_TYPES },
	/* with a DEVTYPE it is a bridge, a bond, a VLAN…, and not listed */
	{ "net", "class/net", BIT(NET), false, VPREP_CAP_NET },
	{ "pci", "bus/pci/devices", BIT(PCI), true, VPREP_CAP_PCI },
	{ "scsi", "bus/scsi/devices", BIT(SCSI_HOST) | BIT(SCSI_TARGET) | BIT(SCSI),
	  false, VPREP_CAPS },
	{ "scsi_generic", "class/scsi_generic", BIT(SCSI_GENERIC), true,
	  VPREP_CAP_SCSI_GENERIC },
	{ "usb", "bus/usb/devices", BIT(USB_DEVICE) | BIT(USB), false, VPREP_CAPS },
	{ "vdpa", "bus/vdpa/devices", BIT(VDPA), true, VPREP_CAP_VDPA },
	{ 0 },
};

const char *vprep_cap_name(enum vprep_cap cap)
{
	return vprep_nodedev_kinds[cap]->cap;
}

int vprep_cap_parse(const char *name, enum vprep_cap *ret)
{
	int i;

	for (i = 0; i < VPREP_CAPS; i++)
		if (streq(vprep_nodedev_kinds[i]->cap, name)) {
			*ret = (enum vprep_cap)i;
			return 0;
		}
	return -EINVAL;
}
