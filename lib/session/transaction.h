/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Working on one owner.
 *
 * I1  The owner's journal is locked from the begin to the end of a transaction.
 * I2  The global lock is held while owners are read, steps are planned and recorded, and
 *     never while something is done that may block. Who needs it takes the store as an
 *     argument that is called @locked.
 * I3  What was recorded is either done as a whole, or rolled back, or left to recover.
 */
#ifndef VPREP_SESSION_TRANSACTION_H
#define VPREP_SESSION_TRANSACTION_H

#include "exec/exec.h"
#include "journal/owners.h"
#include "session/session.h"

struct vprep_transaction {
	struct vprep_session *session;
	struct vprep_journal *journal;
	struct vprep_step_context context;
	struct vprep_store *locked; /* NULL while the global lock is not held */
	size_t first;	/* index in the journal of the first step that this one records */
	bool salvages;	/* the journal is damaged */
	bool gave_back; /* something went back before the work, and does not come again */
};

/* A part of the work whose steps are done before the next part is planned. */
struct vprep_transaction_stage {
	/* Under the global lock: refuses, or tells which of the owner's devices must be
	 * given back before the plan can be made, as a list of names. NULL: never any. */
	int (*find_changed)(struct vprep_transaction *transaction, void *data,
			    char ***ret_devices, struct vprep_error *err);
	/* Under the global lock: refuses, or gives the steps to take. */
	int (*plan)(struct vprep_transaction *transaction,
		    const struct vprep_store *locked, void *data, struct vprep_steps *ret,
		    struct vprep_error *err);
	/* Does the journal's steps from index @first on: vprep_exec_do() or its like. */
	int (*carry_out)(struct vprep_step_context *context, size_t first,
			 struct vprep_error *err);
};

struct vprep_transaction_work {
	const char *id; /* the owner's, which is made when there is none */
	const struct vprep_journal_header *header;
	/* How long to wait for another command that works on the same owner. */
	enum vprep_deadline patience;
	const struct vprep_transaction_stage *stages;
	size_t n_stages;
	/* Without the global lock, when all steps are done. An error rolls them back. May
	 * be NULL. */
	int (*done)(const struct vprep_transaction *transaction, void *data,
		    struct vprep_error *err);
	/* For a change that stays for good and that no owner holds. The text goes into
	 * the error when the journal cannot be written at the end: what 'vfio-prep
	 * recover' will do. NULL: the owner holds it. */
	const char *keep;
	void *data; /* for the calls above */
};

/*
 * The whole way of a change: begin, put right what an interrupted command left, then for
 * each stage plan, record, and carry out without the global lock; roll back or keep; end.
 * An owner that is a process first gives back what a dead process of that name held.
 * Errors are those of its parts, and as vprep_transaction_begin().
 */
int vprep_transaction_run(struct vprep_session *session,
			  const struct vprep_transaction_work *work,
			  struct vprep_error *err);

/* ---- the parts, for who gives back or only notes something ---- */

/* Takes both locks. With a @header the owner is made when there is none, else -ENOENT.
 * Waits up to @patience seconds for another command that works on the same owner:
 * -EAGAIN; and up to the unbind deadline for what is left of a killed one: -EINPROGRESS.
 */
int vprep_transaction_begin(struct vprep_session *session, const char *id,
			    const struct vprep_journal_header *header, unsigned patience,
			    struct vprep_transaction *ret, struct vprep_error *err);
/* The same of an owner whose journal is damaged, to undo what is known of it. */
int vprep_transaction_salvage(struct vprep_session *session, const char *id,
			      unsigned patience, struct vprep_transaction *ret,
			      struct vprep_error *err);
/* The number of what the transaction records, or will record, in the owner's journal. */
int64_t vprep_transaction_number(const struct vprep_transaction *transaction);
/* Lets the global lock go. */
void vprep_transaction_unlock(struct vprep_transaction *transaction);
/* shared.c: the devices that owners besides @mine share and keep, NULL-terminated; NULL:
 * none. -ENOMEM. */
int vprep_shared_find(const struct vprep_owners *owners, const struct vprep_journal *mine,
		      char ***ret);
/* Marks the shared devices whose claims @wanted picks as being given back, and finds those
 * that others keep, as above. Takes the global lock when there are shared devices. */
int vprep_shared_leave(struct vprep_transaction *transaction, vprep_claim_filter wanted,
		       const void *data, char ***ret, struct vprep_error *err);
/* Lets the global lock go, and gives back the devices whose claims @wanted picks, as
 * vprep_exec_release(). */
int vprep_transaction_give_back(struct vprep_transaction *transaction,
				vprep_claim_filter wanted, const void *data,
				unsigned patience, struct vprep_error *err);
/* Tidies the journal and lets everything go. Returns @r, the result of the work, or an
 * error with code VPREP_E_LEFT when files of ours could not be removed. */
int vprep_transaction_end(struct vprep_transaction *transaction, int r,
			  struct vprep_error *err);

/* ---- giving back ---- */

struct vprep_give_back {
	const char *id;	      /* the owner's */
	char *const *devices; /* NULL-terminated; NULL: all that the owner holds */
	/* Under the global lock: refuses it. May be NULL. */
	int (*check)(const struct vprep_session *session,
		     const struct vprep_store *locked, const void *data,
		     struct vprep_error *err);
	const void *data; /* for the call above */
};

/* Marks the devices whose live claims @wanted picks as being given back, but for those
 * that are so already. -errno. */
int vprep_mark_released(struct vprep_journal *journal, vprep_claim_filter wanted,
			const void *data);
/* Marks the devices in the journal, so that recover goes on giving them back where this
 * process may be killed. NULL: all that the owner holds. */
int vprep_give_back_mark(struct vprep_journal *journal, char *const *devices,
			 struct vprep_error *err);
/* Gives back what an owner holds; what is interrupted is finished by recover. Nothing
 * there to give: 0. Errors as vprep_detach(). */
int vprep_give_back(struct vprep_session *session, const struct vprep_give_back *what,
		    struct vprep_error *err);

#endif
