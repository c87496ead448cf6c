/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a mediated device that does not exist is made. */
#ifndef VPREP_SESSION_MDEV_DEFINITION_H
#define VPREP_SESSION_MDEV_DEFINITION_H

#include "model/device.h"
#include "session/session.h"

/*
 * Completes an mdev that was found. A new one is made as mdevctl's definition says, else
 * as the configuration does, else as it is declared; what they leave open is taken from
 * the definition of its own, which the domain's metadata gave. -EPERM the metadata wants
 * something else than they; -ENODEV with what to add when nobody knows. One that exists
 * must be what is asked for: -EOPNOTSUPP.
 */
int vprep_mdev_complete(const struct vprep_session *session, struct vprep_pool *pool,
			struct vprep_device *device, struct vprep_error *err);

/* Whether what somebody says of a parent is the one that sysfs calls @parent:
 * "pci_0000_06_00_0", too, is "0000:06:00.0". */
bool vprep_mdev_is_parent(const char *said, const char *parent);

#endif
