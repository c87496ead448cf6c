// SPDX-License-Identifier: GPL-2.0-or-later
/* Finishing or undoing what a crash, a blocked kernel or a dead owner left. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "journal/public.h"
#include "session/transaction.h"
#include "verb/recover.h"

/* Seconds, for readers that look at a journal at the moment, and for a killed command
 * whose last child has not closed it yet. */
#define PATIENCE 1
#define MOST_NAMES 4 /* of devices in a line */

struct recovering {
	struct vprep_session *session;
	struct vprep_pool *pool;
	struct vprep_recovery *recovery;
	const struct vprep_owners *owners; /* as they were at first */
	bool dry_run;
};

void vprep_recovery_add(struct vprep_recovery *recovery, struct vprep_pool *pool,
			const char *owner, bool left, const char *text)
{
	if (!owner || !text)
		return;
	recovery->items = vprep_pool_grow(pool, recovery->items, recovery->n,
					  sizeof(*recovery->items));
	if (recovery->items)
		recovery->items[recovery->n++] = (struct vprep_recovered){
			.owner = vprep_pool_dup(pool, owner),
			.left = left,
			.text = vprep_pool_printable(pool, text),
		};
}

static void report(const struct recovering *rec, const char *owner, bool left,
		   const char *text)
{
	vprep_recovery_add(rec->recovery, rec->pool, owner, left, text);
}

/* The first few of the devices that are given back, or of an owner of an earlier boot all
 * that it had. */
static void add_devices(struct vprep_buf *text, const struct vprep_journal *journal,
			enum vprep_owner_state was)
{
	bool all = was == VPREP_OWNER_DEAD || was == VPREP_OWNER_EARLIER_BOOT;
	size_t i, n = 0;

	for (i = 0; i < journal->steps.n; i++) {
		const struct vprep_step *step = &journal->steps.items[i];

		if (!vprep_step_is_live(step) || !vprep_step_is_claim(step) ||
		    !step->device ||
		    (!all && !vprep_claim_is_incomplete(journal, step, NULL)))
			continue;
		if (n < MOST_NAMES)
			vprep_buf_addf(text, "%s%s", n ? " " : "; ", step->device);
		n++;
	}
	if (n > MOST_NAMES)
		vprep_buf_addf(text, " and %zu more", n - MOST_NAMES);
	if (n > 0)
		vprep_buf_add(text, was == VPREP_OWNER_EARLIER_BOOT
					    ? ": nothing is left to give back"
					    : ": given back");
}

static void report_right(const struct recovering *rec, const struct vprep_journal *seen,
			 const char *what, enum vprep_owner_state was)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };

	vprep_buf_addf(&text, "%s: %s", what, vprep_owner_words[was].problem);
	add_devices(&text, seen, was);
	rec->pool->failed |= text.failed;
	report(rec, seen->id, false, text.data);
}

/* A dead owner's devices are all given back, whatever else is wrong with it. */
static enum vprep_owner_state state_of(const struct recovering *rec,
				       const struct vprep_journal *j)
{
	enum vprep_owner_state state = vprep_owner_state_of(rec->session->io, j);

	bool half_way =
		state == VPREP_OWNER_INCOMPLETE || state == VPREP_OWNER_GIVING_BACK;

	return half_way && vprep_owner_is_dead(rec->session->io, j) ? VPREP_OWNER_DEAD
								    : state;
}

static int put_right(struct vprep_transaction *transaction, bool all,
		     struct vprep_error *err)
{
	int r = vprep_transaction_give_back(
		transaction, all ? NULL : vprep_claim_is_incomplete, NULL, 0, err);

	return vprep_transaction_end(transaction, r, err);
}

/* Looks at who has the devices open, as the release would. */
static void foretell_release(const struct recovering *rec,
			     const struct vprep_journal *seen,
			     enum vprep_owner_state state)
{
	_cleanup_strv_ char **shared = NULL;
	struct vprep_step_context context = {
		.io = rec->session->io,
		.config = rec->session->config,
		.journal = (struct vprep_journal *)(uintptr_t)seen, /* only read */
	};
	struct vprep_error err;
	int r = vprep_shared_find(rec->owners, seen, &shared);

	if (r < 0)
		vprep_error_oom(&err);
	context.shared = shared;
	if (r == 0 && state != VPREP_OWNER_EARLIER_BOOT)
		r = vprep_exec_foretell(
			&context,
			state == VPREP_OWNER_DEAD ? NULL : vprep_claim_is_incomplete,
			NULL, &err);
	if (r < 0)
		report(rec, seen->id, true, err.message);
	else
		report_right(rec, seen, "would be put right", state);
}

static void report_damage(const struct recovering *rec, const struct vprep_journal *seen)
{
	_cleanup_free_ char *id = vprep_shell_word(seen->id), *text = NULL;

	if (id)
		text = vprep_strf("its journal is damaged (%s): 'vfio-prep recover "
				  "--salvage %s' undoes what is known",
				  seen->corrupt, id);
	report(rec, seen->id, true, text ? text : "its journal is damaged");
}

static void foretell(const struct recovering *rec, const struct vprep_journal *seen,
		     enum vprep_owner_state state)
{
	if (state == VPREP_OWNER_CORRUPT)
		report_damage(rec, seen);
	else if (state == VPREP_OWNER_UNKNOWN)
		report(rec, seen->id, false,
		       "whether anything is to be put right is known to root");
	else if (state != VPREP_OWNER_BUSY)
		foretell_release(rec, seen, state);
}

/* While a command works on an owner, nobody can tell whether the owner needs help: that
 * shows once the command has ended. */
static void recover_owner(const struct recovering *rec, const struct vprep_journal *seen)
{
	enum vprep_owner_state state = state_of(rec, seen);
	struct vprep_transaction transaction;
	struct vprep_error err;
	int r;

	if (state == VPREP_OWNER_HELD)
		return;
	if (rec->dry_run) {
		foretell(rec, seen, state);
		return;
	}
	r = vprep_transaction_begin(rec->session, seen->id, NULL, PATIENCE, &transaction,
				    &err);
	if (r == -EAGAIN) /* the command that is at work answers for it */
		return;
	if (r == -ENOENT) { /* its files were all that there was */
		if (state != VPREP_OWNER_BUSY)
			report_right(rec, seen, "put right", state);
		return;
	}
	if (r == 0) {
		state = state_of(rec, transaction.journal);
		r = state == VPREP_OWNER_HELD
			    ? vprep_transaction_end(&transaction, 0, &err)
			    : put_right(&transaction, state == VPREP_OWNER_DEAD, &err);
	}
	if (r < 0)
		report(rec, seen->id, true, err.message);
	else if (state != VPREP_OWNER_HELD)
		report_right(rec, seen, "put right", state);
}

/* Under the lock, and complete, so that letting it go removes all that a crash left of
 * it. */
static int open_store(const struct recovering *rec, struct vprep_store **ret,
		      struct vprep_error *err)
{
	_cleanup_close_ int fd = -1;

	if (rec->dry_run)
		return vprep_store_open(rec->session->io, ret, err);
	if (vprep_io_state_dir(rec->session->io, false, &fd) == -ENOENT)
		return -ENOENT;
	return vprep_store_lock(rec->session->io, true, ret, err);
}

static int read_owners(const struct recovering *rec, struct vprep_owners *ret,
		       struct vprep_error *err)
{
	struct vprep_store *store = NULL;
	int r, unlocked = 0;

	r = open_store(rec, &store, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = vprep_owners_read(rec->session->io, store, ret, err);
	if (rec->dry_run) {
		vprep_store_free(store);
	} else {
		if (r == 0)
			vprep_public_put_right(store, ret);
		unlocked = vprep_store_unlock(rec->session->io, store);
	}
	return r == 0 && unlocked < 0
		       ? vprep_error_set(
				 err, VPREP_E_LEFT, -unlocked, NULL,
				 "cannot remove the empty folder /run/vfio-prep: %s",
				 strerror(-unlocked))
		       : r;
}

static int recover_all(struct recovering *rec, struct vprep_error *err)
{
	struct vprep_recovery *recovery =
		vprep_pool_result_new(sizeof(*recovery), &rec->pool);
	size_t i;
	int r;

	if (!recovery)
		return vprep_error_oom(err);
	rec->recovery = recovery;
	for (i = 0; !rec->pool->failed && i < rec->owners->n; i++)
		recover_owner(rec, rec->owners->items[i].journal);
	r = vprep_recover_orphans(rec->session, rec->dry_run, rec->pool, recovery, err);
	if (r == 0 && rec->pool->failed)
		r = vprep_error_oom(err);
	if (r < 0)
		vprep_recovery_free(recovery);
	return r;
}

static int judge(const struct vprep_recovery *recovery, struct vprep_error *err)
{
	size_t i;

	for (i = 0; i < recovery->n; i++)
		if (recovery->items[i].left)
			return vprep_error_set(err, VPREP_E_LEFT, EIO, NULL,
					       "owner '%.100s': %s",
					       recovery->items[i].owner,
					       recovery->items[i].text);
	return 0;
}

VPREP_EXPORT int vprep_recover(struct vprep_session *session, bool dry_run,
			       struct vprep_recovery **ret, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct recovering rec = { .session = session,
				  .owners = &owners,
				  .dry_run = dry_run };
	int r;

	r = dry_run ? vprep_session_is_live(session, err)
		    : vprep_session_may_change(session, err);
	if (r == 0)
		r = read_owners(&rec, &owners, err);
	if (r == 0)
		r = recover_all(&rec, err);
	if (r < 0)
		return r;
	*ret = rec.recovery;
	return judge(rec.recovery, err);
}

VPREP_EXPORT void vprep_recovery_free(struct vprep_recovery *recovery)
{
	vprep_pool_result_free(recovery);
}
