/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of recover. */
#ifndef VPREP_VERB_RECOVER_H
#define VPREP_VERB_RECOVER_H

#include "common/pool.h"
#include "session/session.h"

/* recover.c: one more row, with copies of its texts in the pool, and what people read
 * made fit for it. That there is no memory, the pool tells; a text that is NULL for that
 * reason adds nothing. */
void vprep_recovery_add(struct vprep_recovery *recovery, struct vprep_pool *pool,
			const char *owner, bool left, const char *text);

/* recover-orphans.c: gives back what nobody's journal knows any more, or with @dry_run
 * tells whether it could; adds to @recovery, whose parts are in the pool. Errors are
 * those of looking. */
int vprep_recover_orphans(struct vprep_session *session, bool dry_run,
			  struct vprep_pool *pool, struct vprep_recovery *recovery,
			  struct vprep_error *err);

#endif
