/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a PCI device is plugged in, and how fast its link is. */
#ifndef VPREP_HOST_PCI_PLACE_H
#define VPREP_HOST_PCI_PLACE_H

#include "common/pool.h"
#include "io/io.h"
#include "model/pci.h"

struct vprep_pci_slot {
	const char *name;    /* as the firmware or the board has it: "7-1"; printable */
	const char *address; /* of its devices, without the function: "0000:05:00" */
};

struct vprep_pci_slots {
	struct vprep_pool pool;
	size_t n;
	struct vprep_pci_slot *items;
};

/* Those that the kernel knows. None: that cannot be read. Memory that runs out is noted
 * in the pool. */
void vprep_pci_slots_read(const struct vprep_io *io, struct vprep_pci_slots *ret);
void vprep_pci_slots_done(struct vprep_pci_slots *slots);

/* The name of the slot that the device at @address ("0000:05:00.1") is in; NULL: none. */
const char *vprep_pci_slot_of(const struct vprep_pci_slots *slots, const char *address);

/* "8 GT/s x8 of 16 GT/s x16": of the device at @path below sysfs, what its link is and
 * what it could be. NULL: it has none. */
const char *vprep_pci_link(const struct vprep_io *io, struct vprep_pool *pool,
			   const char *path);

/* Of ".../0000:00:0e.0/pci10000:e0/10000:e0:06.0/..." the device before the domain, whose
 * driver has made it. False: there is none. */
bool vprep_pci_domain_maker(const char *path, struct vprep_pci_address *ret);

#endif
