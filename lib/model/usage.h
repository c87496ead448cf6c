/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest's process uses the devices of a request: what it is told, what it opens. */
#ifndef VPREP_MODEL_USAGE_H
#define VPREP_MODEL_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/vf.h"

enum vprep_usage_kind {
	VPREP_USAGE_PCI,
	VPREP_USAGE_MDEV,
	VPREP_USAGE_NVME, /* a disk on a controller that the process drives itself */
	VPREP_USAGE_USB,
	VPREP_USAGE_SCSI,
	VPREP_USAGE_VHOST_SCSI,
	VPREP_USAGE_VDPA_NET,
	VPREP_USAGE_VDPA_DISK,
};

/* Strings are owned; NULL means absent. */
struct vprep_usage {
	enum vprep_usage_kind kind;
	char *device;  /* as messages and the journal name it */
	char *name;    /* as libvirt names it, which every program takes for a word */
	char *node;    /* the device's own, or its group's; below /dev */
	int64_t group; /* IOMMU group, -1: none */
	char *cdev; /* VFIO's node for this device alone, below /dev; NULL: there is none */
	const char *api;       /* MDEV: "vfio-pci", "vfio-ccw", "vfio-ap" */
	uint64_t namespace_id; /* NVME */
	unsigned usb_bus, usb_device;
	bool has_mac; /* VDPA_NET */
	uint8_t mac[VPREP_MAC_SIZE];
};

struct vprep_usages {
	size_t n;
	struct vprep_usage *items; /* in the order of the request */
	/* each device by its cdev, through /dev/iommu; else by its group's node */
	bool iommufd;
};

/* Moves @usage to the end; on -ENOMEM it stays the caller's. */
int vprep_usages_add(struct vprep_usages *usages, struct vprep_usage *usage);
void vprep_usage_done(struct vprep_usage *usage);
void vprep_usages_done(struct vprep_usages *usages);

/* The process is given memory of its own by a VFIO container or iommufd. */
static inline bool vprep_usage_is_vfio(const struct vprep_usage *usage)
{
	return usage->kind == VPREP_USAGE_PCI || usage->kind == VPREP_USAGE_MDEV ||
	       usage->kind == VPREP_USAGE_NVME;
}

/* Through iommufd, if the others are; QEMU's own NVMe driver knows groups only. */
static inline bool vprep_usage_may_use_iommufd(const struct vprep_usage *usage)
{
	return usage->cdev && usage->kind != VPREP_USAGE_NVME;
}

/*
 * The nodes below /dev that the process opens for a device: its own, and those that it
 * shares with others. NULL-terminated. -ENOMEM.
 */
int vprep_usage_nodes(const struct vprep_usages *usages, const struct vprep_usage *usage,
		      char ***ret);

#endif
