/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical functions of SR-IOV devices. */
#ifndef VPREP_HOST_SRIOV_H
#define VPREP_HOST_SRIOV_H

#include <stdbool.h>
#include <stddef.h>

#include "io/io.h"
#include "model/pci.h"

struct vprep_pf {
	struct vprep_pci_device *device;
	bool capable;	/* of SR-IOV; the rest is of one that is */
	unsigned total; /* VFs at most, as its driver says */
	int autoprobe; /* new VFs get a driver: 1 or 0; -1: the kernel has no such choice */
	size_t n_vfs;
	struct vprep_pci_device **vfs; /* that exist, by number */
};

/* Asks for no lock of the device, so it does not wait for a change that is under way;
 * what vanishes meanwhile is left out. -ENODEV: there is no such device. */
int vprep_pf_read(const struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_pf *ret);
void vprep_pf_done(struct vprep_pf *pf);

/* How many VFs a PF has links to; 0 when it cannot be told. */
unsigned vprep_pf_count_vfs(const struct vprep_io *io, const char *pf);

/*
 * The first bus that @count VFs would need and the bridge above does not have, as PCI's
 * SR-IOV numbers its VFs: first offset, then stride. -ENOENT: the buses suffice, or that
 * cannot be told.
 */
int vprep_pf_missing_bus(const struct vprep_io *io, struct vprep_pci_address pf,
			 unsigned count, unsigned *ret_bus);

#endif
