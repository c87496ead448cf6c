/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session's inside, shared by the files of the facade. */
#ifndef VPREP_SESSION_H
#define VPREP_SESSION_H

#include "config/config.h"
#include "exec/exec.h"
#include "io/io.h"
#include "journal/journal.h"
#include "vfio-prep.h"

struct vprep_session {
	struct vprep_io *io;
	struct vprep_config *config;
	vprep_log_fn log;
	void *log_data;
	bool (*interrupted)(void *data);
	void *interrupted_data;
};

/* A session on another host than the live one: for tests. Takes @io. */
int vprep_session_new_on(struct vprep_io *io, const struct vprep_options *options,
			 struct vprep_session **ret, struct vprep_error *err);

/* Refuses what is not root on a live host. */
int vprep_session_may_change(const struct vprep_session *session,
			     struct vprep_error *err);
/* Whether a signal or the like asks for an end. */
bool vprep_session_is_interrupted(const struct vprep_session *session);

/* An owner's journal, locked, with the store locked too. */
struct vprep_transaction {
	struct vprep_session *session;
	struct vprep_store *store; /* NULL while the global lock is let go */
	struct vprep_journal *journal;
	struct vprep_step_context exec;
};

/* With a @header the owner is made when there is none, else -ENOENT. Waits up to
 * @patience seconds for another command that works on the same owner: -EAGAIN. */
int vprep_transaction_begin(struct vprep_session *session, const char *id,
			    const struct vprep_journal_header *header, unsigned patience,
			    struct vprep_transaction *ret, struct vprep_error *err);
/* The global lock is not held across what may block. */
void vprep_transaction_unlock(struct vprep_transaction *tenure);
int vprep_transaction_relock(struct vprep_transaction *tenure, struct vprep_error *err);
/* The owner's last command may have been killed: first finishes what it left. What cannot
 * be finished yet, such as a release that a guest still blocks, does not stop the next
 * one. */
int vprep_transaction_repair(struct vprep_transaction *tenure, struct vprep_error *err);
/* Under the global lock: moves the steps into the journal. */
int vprep_transaction_begin_steps(struct vprep_transaction *tenure,
				  struct vprep_steps *steps, size_t *ret_first,
				  struct vprep_error *err);
/* Undoes the requests whose steps begin at index @first or after it. What cannot be
 * undone is added to the error that is there. */
void vprep_transaction_roll_back(struct vprep_transaction *tenure, size_t first,
				 struct vprep_error *err);
/* What was done from index @first on stays, whatever happens: nothing gives it back. If
 * that cannot be noted, @recover says in the error what 'vfio-prep recover' does. */
int vprep_transaction_keep(struct vprep_transaction *tenure, size_t first,
			   const char *recover, struct vprep_error *err);
/* Tidies the journal and lets everything go. Returns @r, the result of the work, or an
 * error with code VPREP_E_LEFT when files of ours could not be removed. */
int vprep_transaction_end(struct vprep_transaction *tenure, int r,
			  struct vprep_error *err);

/* The same as the next, with the global lock held; it is let go. */
int vprep_transaction_give_back(struct vprep_transaction *tenure, char *const *devices,
				struct vprep_error *err);

/* Gives back what an owner holds: those devices (a NULL-terminated list), or all with
 * NULL. Nothing there to give: 0. Errors as vprep_detach(). */
int vprep_give_back(struct vprep_session *session, const char *id, char *const *devices,
		    struct vprep_error *err);

/* Claims that an interrupted attach or release left half-way. */
bool vprep_claim_is_incomplete(const struct vprep_journal *journal,
			       const struct vprep_step *claim, const void *unused);

#endif
