/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI address, and a PCI device with the facts that were read about it. */
#ifndef VPREP_MODEL_PCI_H
#define VPREP_MODEL_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"

struct vprep_pci_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t slot;
	uint8_t function;
};

/* "0000:05:10.1"; a domain may need eight digits (VMD hosts go past ffff). */
struct vprep_pci_text {
	char s[sizeof("pci_ffffffff_ff_1f_7")];
};

struct vprep_pci_text vprep_pci_address_text(struct vprep_pci_address a);
/* "pci_0000_05_10_1" */
struct vprep_pci_text vprep_pci_address_name(struct vprep_pci_address a);

/* The sysfs form, domain included, without surplus digits; upper case is taken too.
 * -EINVAL. */
int vprep_pci_address_parse(const char *s, struct vprep_pci_address *ret);

static inline bool vprep_pci_address_same(struct vprep_pci_address a,
					  struct vprep_pci_address b)
{
	return a.domain == b.domain && a.bus == b.bus && a.slot == b.slot &&
	       a.function == b.function;
}

struct vprep_pci_device {
	struct vprep_pci_address address;
	struct vprep_pci_text text; /* the address as sysfs names it */
	uint32_t class_code;	    /* 24 bits */
	uint16_t vendor;
	uint16_t device;
	uint8_t header_type; /* without the multi-function bit */
	int group;	     /* IOMMU group, -1 when none */
	char *driver;	     /* NULL when unbound */
	bool judged;	     /* whether that is a VFIO driver is known: */
	bool vfio;
	char *module;	/* the driver's module, NULL when built in or unbound */
	char *override; /* NULL when unset; read by vprep_driver_read_overrides() only */
	char *power;	/* power/control, NULL when absent */
	char *modalias;
	bool has_physfn;
	struct vprep_pci_address physfn;
	unsigned n_vfs; /* VFs that exist now */
	/* The driver of another device of the group has made the domain that this one is
	 * in (Intel VMD), and takes it along when it goes. */
	bool has_controller;
	struct vprep_pci_address controller;
};

/* A bridge in the kernel's sense: vfio-pci binds to no header type but 0. */
static inline bool vprep_pci_is_bridge(const struct vprep_pci_device *d)
{
	return d->header_type != 0;
}

/* What the host itself runs on, though vfio-pci would bind to it and put it to sleep:
 * "host bridge". NULL: it is none of them. */
const char *vprep_pci_host_part(const struct vprep_pci_device *d);

/* Never bound for a guest. */
static inline bool vprep_pci_stays(const struct vprep_pci_device *d)
{
	return vprep_pci_is_bridge(d) || vprep_pci_host_part(d);
}

void vprep_pci_device_free(struct vprep_pci_device *device);
DEFINE_CLEANUP(struct vprep_pci_device, vprep_pci_device_free);

#endif
