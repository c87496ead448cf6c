/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of status. */
#ifndef VPREP_VERB_STATUS_H
#define VPREP_VERB_STATUS_H

#include "common/pool.h"
#include "journal/owners.h"
#include "session/session.h"

/* status-host.c: how the device of a claim is on the host, and what differs from what
 * @owner's journal says. @ret->name is set. -ENOMEM, and what reading sysfs gives. */
int vprep_status_look(const struct vprep_session *session,
		      const struct vprep_owner *owner, const struct vprep_step *claim,
		      struct vprep_pool *pool, struct vprep_status_device *ret);

#endif
