/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a device is called to where it is on this host. */
#ifndef VPREP_HOST_RESOLVE_H
#define VPREP_HOST_RESOLVE_H

#include "io/io.h"
#include "model/target.h"
#include "vfio-prep.h"

/*
 * The devices of those names. @driver is wanted for the PCI ones (NULL: the best).
 * -EINVAL a malformed or repeated name; -ENODEV no such device.
 */
int vprep_resolve_names(const struct vprep_io *io, const char *const *names,
			const char *driver, struct vprep_targets *ret,
			struct vprep_error *err);

#endif
