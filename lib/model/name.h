/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device names as people write them. Strings stop here; identity travels parsed. */
#ifndef VPREP_MODEL_NAME_H
#define VPREP_MODEL_NAME_H

#include "model/pci.h"
#include "vfio-prep.h"

enum vprep_name_kind {
	VPREP_NAME_PCI,	   /* pci_0000_05_10_1, 0000:05:10.1, 05:10.1 */
	VPREP_NAME_MDEV,   /* mdev_UUID, and since libvirt 7.3 mdev_UUID_PARENT */
	VPREP_NAME_USB,	   /* usb_1_1 */
	VPREP_NAME_SCSI,   /* scsi_0_0_0_0 */
	VPREP_NAME_NETDEV, /* anything else that the kernel would take for an interface */
};

struct vprep_name {
	enum vprep_name_kind kind;
	struct vprep_pci_address pci;
	char uuid[sizeof("01234567-89ab-cdef-0123-456789abcdef")]; /* of an mdev */
	const char *text; /* the caller's string */
};

/* -EINVAL with a message for what cannot be a device name at all. */
int vprep_name_parse(const char *text, struct vprep_name *ret, struct vprep_error *err);

#endif
