/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capabilities of node devices: host devices as libvirt names and describes them. */
#ifndef VPREP_MODEL_NODEDEV_H
#define VPREP_MODEL_NODEDEV_H

/* libvirt's capability types. Some stand in a device beneath another one. */
enum vprep_cap {
	VPREP_CAP_SYSTEM,
	VPREP_CAP_PCI,
	VPREP_CAP_USB_DEVICE,
	VPREP_CAP_USB,
	VPREP_CAP_NET,
	VPREP_CAP_SCSI_HOST,
	VPREP_CAP_SCSI_TARGET,
	VPREP_CAP_SCSI,
	VPREP_CAP_STORAGE,
	VPREP_CAP_FC_HOST, /* beneath scsi_host */
	VPREP_CAP_VPORTS,  /* beneath scsi_host */
	VPREP_CAP_SCSI_GENERIC,
	VPREP_CAP_DRM,
	VPREP_CAP_MDEV_TYPES, /* beneath pci, css and ap_matrix too */
	VPREP_CAP_MDEV,
	VPREP_CAP_CCW,
	VPREP_CAP_CSS,
	VPREP_CAP_VDPA,
	VPREP_CAP_AP_CARD,
	VPREP_CAP_AP_QUEUE,
	VPREP_CAP_AP_MATRIX,
	VPREP_CAP_VPD, /* beneath pci */
	VPREP_CAPS,
};

/* A set of capabilities: bit N is capability N. */
#define VPREP_CAP_BIT(cap) (1u << (cap))
#define VPREP_CAP_ALL (VPREP_CAP_BIT(VPREP_CAPS) - 1)

#endif
