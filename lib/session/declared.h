/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is declared, for who only looks at node devices. */
#ifndef VPREP_SESSION_DECLARED_H
#define VPREP_SESSION_DECLARED_H

#include "declared/declared.h"
#include "session/session.h"

/* *@ret is NULL where nothing can be read of it: the program is told why, and other
 * devices can be looked at all the same. */
void vprep_session_declared(struct vprep_session *session, struct vprep_declared **ret);

#endif
