/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI devices as sysfs shows them. */
#ifndef VPREP_HOST_PCI_H
#define VPREP_HOST_PCI_H

#include "io/io.h"
#include "model/pci.h"

struct vprep_pci_identity {
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code;
};

/* What the device at this address is. -ENODEV: there is none. */
int vprep_pci_identity_read(const struct vprep_io *io, const char *address,
			    struct vprep_pci_identity *ret);

/* Reads a device's facts, but for its override, which may block (host/driver.h).
 * -ENODEV: there is none at this address. */
int vprep_pci_device_read(const struct vprep_io *io, struct vprep_pci_address address,
			  struct vprep_pci_device **ret);
/* The same of one that was found in an IOMMU group, behind which an IOMMU is. */
int vprep_pci_member_read(const struct vprep_io *io, struct vprep_pci_address address,
			  unsigned group, struct vprep_pci_device **ret);
/* The PCI device that a network interface sits on. -ENODEV: no such interface, or not
 * PCI. */
int vprep_pci_address_of_netdev(const struct vprep_io *io, const char *interface,
				struct vprep_pci_address *ret);

/* The number of its IOMMU group, -1 when it has none (also when there is no such device).
 */
int vprep_pci_group(const struct vprep_io *io, struct vprep_pci_address address,
		    int *ret);

/* The same, and -1 for a group behind which no IOMMU is. */
int vprep_pci_iommu_group(const struct vprep_io *io, struct vprep_pci_address address,
			  int *ret);

/* Whether VFIO made the group for a device that no IOMMU covers: for an mdev, which needs
 * none; or for a PCI device, as enable_unsafe_noiommu_mode asks, and then no guest can
 * have it (vfio_noiommu_group_alloc() in drivers/vfio/group.c). */
bool vprep_group_is_made_up(const struct vprep_io *io, unsigned number);

/* How much memory its BARs have, in bytes: those of the device itself, without its VFs'
 * and its expansion ROM. 0: it shows none. */
int vprep_pci_regions(const struct vprep_io *io, struct vprep_pci_address address,
		      uint64_t *ret);

/* The current driver's name, NULL when unbound. One link: does not block. */
int vprep_pci_driver(const struct vprep_io *io, struct vprep_pci_address address,
		     char **ret);

/*
 * The address of the PCI device that a sysfs link or path lies below: the last component
 * that is a PCI address ("../../devices/pci0000:00/0000:00:03.0/virtio0/net/eth0" is on
 * 0000:00:03.0). -ENODEV when none is.
 */
int vprep_pci_address_of_path(const char *path, struct vprep_pci_address *ret);

/*
 * The PCI devices that a device depends on, itself included if it is one: the bridges and
 * the controller above it, the parent of a mediated device, the PF of a VF and what is
 * above that. @link: the device in sysfs, by a link to its place: "bus/usb/devices/1-2".
 * A device that is not there, or not below any PCI device, has none. The caller frees
 * *ret. -ENOMEM, -EIO.
 */
int vprep_pci_above(const struct vprep_io *io, const char *link,
		    struct vprep_pci_address **ret, size_t *ret_n);

#endif
