/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session tells its program.
 *
 * I1  While the session has a lock, nothing waits for whoever reads the lines: they are
 * told if that takes no waiting, and else kept until the lock is let go. I2  They are
 * told in their order.
 */
#ifndef VPREP_SESSION_LOG_H
#define VPREP_SESSION_LOG_H

#include "session/session.h"

/* More devices than this are told of in one line; those for each are for who asks. */
#define VPREP_FEW_DEVICES 4

/* For `log` of a context; @data is the session. */
void vprep_log_tell(void *data, enum vprep_log_level level, const char *line);

/* Begins and ends the time in which the session has a lock. Pairs may stand in pairs. */
void vprep_log_hold(struct vprep_session *session);
void vprep_log_let_go(struct vprep_session *session);

/* What is still kept is dropped. */
void vprep_log_done(struct vprep_session *session);

#endif
