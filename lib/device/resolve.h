/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a device is called to where it is on this host. */
#ifndef VPREP_HOST_RESOLVE_H
#define VPREP_HOST_RESOLVE_H

#include "io/io.h"
#include "model/request.h"
#include "model/target.h"
#include "vfio-prep.h"

/*
 * The devices of those names. @driver is wanted for the PCI ones (NULL: the best). An mdev
 * that does not exist is one to be made, without a definition yet.
 * -EINVAL a malformed or repeated name; -ENODEV no such device.
 */
int vprep_resolve_names(const struct vprep_io *io, const char *const *names,
			const char *driver, struct vprep_targets *ret,
			struct vprep_error *err);

/*
 * The devices that a domain asks for; several disks on one controller are one. What is
 * passed over, such as a USB device that may be missing, is told in *@ret_notes, a line
 * each. -EINVAL two requests come to one device, or one to several; -ENODEV no such
 * device.
 */
int vprep_resolve_requests(const struct vprep_io *io,
			   const struct vprep_device_requests *requests,
			   struct vprep_targets *ret, char ***ret_notes,
			   struct vprep_error *err);

#endif
