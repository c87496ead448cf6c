/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mediated devices that are made for nobody yet. */
#ifndef VPREP_VERB_MDEV_CREATE_H
#define VPREP_VERB_MDEV_CREATE_H

#include "model/device.h"
#include "session/session.h"

/* Adds the device that a request is to make, with that UUID. Its strings are in the
 * list's pool. Errors as vprep_mdev_create(). */
int vprep_mdev_add_new(struct vprep_session *session,
		       const struct vprep_mdev_request *request,
		       const struct vprep_uuid *uuid, struct vprep_devices *devices,
		       struct vprep_error *err);

#endif
