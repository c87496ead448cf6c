/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SR-IOV: physical functions, and the virtual ones as their PF administers them. */
#ifndef VPREP_HOST_SRIOV_H
#define VPREP_HOST_SRIOV_H

#include <stdbool.h>
#include <stddef.h>

#include "io/io.h"
#include "model/pci.h"
#include "model/vf.h"

struct vprep_pf {
	struct vprep_pci_device *device;
	bool capable;	/* it has SR-IOV; what follows is for one that has */
	unsigned total; /* VFs at most, as its driver says */
	int autoprobe; /* new VFs get a driver: 1 or 0; -1: the kernel has no such choice */
	size_t n_vfs;
	struct vprep_pci_device **vfs; /* that exist, by number */
};

/* Reads no attribute that takes the device's lock, and so does not wait for a change that
 * is under way; a VF that goes away meanwhile is left out. -ENODEV: there is no such
 * device. */
int vprep_pf_read(const struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_pf *ret);
void vprep_pf_done(struct vprep_pf *pf);

/* The numbers of the VFs that a PF (an address) has links to, ascending, with gaps while
 * VFs are being removed. None when they cannot be read. -ENOMEM. */
int vprep_pf_vf_numbers(const struct vprep_io *io, const char *pf, unsigned **ret,
			size_t *ret_n);
/* How many there are. */
unsigned vprep_pf_count_vfs(const struct vprep_io *io, const char *pf);
/* The address of one of them. -ENOENT. */
int vprep_pf_vf(const struct vprep_io *io, const char *pf, unsigned number,
		struct vprep_pci_address *ret);
/* The PF of a VF (an address). -ENOENT: it is no VF. */
int vprep_pf_of_vf(const struct vprep_io *io, const char *vf,
		   struct vprep_pci_address *ret);

/*
 * The first bus that @count VFs would need and the bridge above does not have, as PCI's
 * SR-IOV numbers its VFs: first offset, then stride. -ENOENT: the buses suffice, or that
 * cannot be told.
 */
int vprep_pf_missing_bus(const struct vprep_io *io, struct vprep_pci_address pf,
			 unsigned count, unsigned *ret_bus);

/*
 * The VF at this address: its PF, the PF's interface and, on a live host, what that shows
 * of the VF. What is not there stays absent in *@ret, which the caller has initialised;
 * only a failure of the host is one. -ETIMEDOUT: the interface is asked by rtnetlink,
 * which does not answer.
 */
int vprep_vf_read(struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_vf *ret);

/* As strerror(), for what that gives. */
const char *vprep_vf_strerror(int r);

/* Whether a change of a VF that ended with @r is to be made again, for which it waits a
 * little: the driver refuses while it resets the VF, as it does when a guest has ended
 * (i40e and ice: "VF still in reset. Try again."). @tries begins with 0, and this ends
 * after 2 s. */
bool vprep_vf_try_again(int r, unsigned *tries);

/* The interface that administers a PF's VFs. -ENOENT: there is none, or it is in another
 * network namespace. */
int vprep_vf_interface(const struct vprep_io *io, const char *pf, char **ret);

#endif
