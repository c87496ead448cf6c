/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all who give back for a person ask. */
#ifndef VPREP_VERB_RELEASE_H
#define VPREP_VERB_RELEASE_H

#include "journal/journal.h"
#include "session/session.h"

/* Refuses for a domain whose guest runs; 0 for any other owner. -EBUSY, and what looking
 * through the processes gives. The journal may be one that was only read. */
int vprep_refuse_running(const struct vprep_session *session,
			 struct vprep_journal *journal, struct vprep_error *err);

#endif
