/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of this host as targets. Each fills a *@ret that is empty. -ENODEV: there is no
 * such device; -ENOMEM; other values from reading sysfs.
 */
#ifndef VPREP_HOST_TARGET_H
#define VPREP_HOST_TARGET_H

#include "io/io.h"
#include "model/target.h"
#include "vfio-prep.h"

/* Does not look whether it is there. @driver NULL: the best one. */
int vprep_target_pci(struct vprep_pci_address address, const char *driver,
		     struct vprep_target *ret);
/* @uuid in lower case with dashes. One that does not exist is new, without a definition.
 * -ENXIO no VFIO driver took it. */
int vprep_target_mdev(const struct vprep_io *io, const char *uuid,
		      struct vprep_target *ret);
/* By sysfs name, "1-2.3". -ENODEV for an interface, too; -EOPNOTSUPP for a hub, which
 * QEMU does not take. */
int vprep_target_usb(const struct vprep_io *io, const char *sysfs,
		     struct vprep_target *ret);
/* That error, of a device as the asker called it; returns -EOPNOTSUPP. */
int vprep_target_refuse_hub(struct vprep_error *err, const char *text);
/* By sysfs name, "0:0:0:0". -ENODEV also when it has no generic node. */
int vprep_target_scsi(const struct vprep_io *io, const char *sysfs,
		      struct vprep_target *ret);
/* By its node's name in /dev, "vhost-vdpa-0". */
int vprep_target_vdpa(const struct vprep_io *io, const char *node,
		      struct vprep_target *ret);
/* A vhost SCSI target that is configured: nothing is done with it, but it is held. */
int vprep_target_scsi_host(const struct vprep_io *io, const char *wwpn,
			   struct vprep_target *ret);

/* What libvirt calls a device: @prefix, and the sysfs name with every character that is
 * not alphanumeric as '_'. NULL: out of memory. */
char *vprep_target_name(const char *prefix, const char *sysfs);

#endif
