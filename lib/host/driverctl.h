/* SPDX-License-Identifier: GPL-2.0-or-later */
/* driverctl's overrides: /etc/driverctl.d/BUS-ADDRESS with the driver's name. */
#ifndef VPREP_HOST_DRIVERCTL_H
#define VPREP_HOST_DRIVERCTL_H

#include "io/io.h"
#include "model/pci.h"

/* The path of the file for a PCI device; NULL: out of memory. */
char *vprep_driverctl_path(struct vprep_pci_address address);

/* The driver that it binds the device to at boot, freed with free(). -ENOENT: it does
 * nothing to the device; -EBADMSG: the file has no name of a driver; others from reading.
 */
int vprep_driverctl_find(const struct vprep_io *io, struct vprep_pci_address address,
			 char **ret);

#endif
