/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What journals call a device that a person names. */
#ifndef VPREP_SESSION_HELD_NAME_H
#define VPREP_SESSION_HELD_NAME_H

#include "session/session.h"

/* From any name of it, which is freed with free(). The device itself may be gone by now.
 * -EINVAL it is no name of a device; -ENODEV there is no such network interface;
 * -ENOMEM. */
int vprep_held_name(const struct vprep_session *session, const char *text, char **ret,
		    struct vprep_error *err);

#endif
