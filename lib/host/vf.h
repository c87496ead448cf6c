/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual functions, and what the interface of their physical function says of them. */
#ifndef VPREP_HOST_VF_H
#define VPREP_HOST_VF_H

#include "io/io.h"
#include "model/pci.h"
#include "model/vf.h"

/*
 * The VF at this address: its PF, the PF's interface and, on a live host, what that shows
 * of the VF. What is not there stays absent in *@ret, which the caller has initialised;
 * only a failure of the host is one. The interface is asked by rtnetlink, which may block.
 */
int vprep_vf_read(struct vprep_io *io, struct vprep_pci_address address,
		  struct vprep_vf *ret);

/* The interface that administers a PF's VFs. -ENOENT: there is none, or it is in another
 * network namespace. */
int vprep_vf_interface(const struct vprep_io *io, const char *pf, char **ret);

#endif
