// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Undoing what is known of an owner whose journal is damaged.
 *
 * I1  Only what an intact line says of a step in full is undone, and undo compares before
 *     it writes, as always. What another owner holds by now is that one's.
 * I2  What the damaged lines may have said is told, never guessed at.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "journal/escape.h"
#include "journal/owners.h"
#include "session/transaction.h"
#include "verb/recover.h"

#define PATIENCE 1 /* seconds, for readers that look at the journal at the moment */

struct salvaging {
	const struct vprep_session *session;
	struct vprep_pool *pool;
	struct vprep_recovery *recovery;
	const char *id;
};

static void report(const struct salvaging *s, bool left, const char *text)
{
	vprep_recovery_add(s->recovery, s->pool, vprep_pool_printable(s->pool, s->id),
			   left, text);
}

/* ---- what is not known ---- */

static bool is_reported(const struct vprep_steps *steps, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (steps->items[i].partial &&
		    streq(steps->items[i].device, steps->items[at].device))
			return true;
	return false;
}

/* What the reader can look at: the driver of a PCI device. */
static void report_partial(const struct salvaging *s, const struct vprep_step *step)
{
	_cleanup_free_ char *driver = NULL;
	int r = vprep_io_link_name(s->session->io, VPREP_SYS, &driver,
				   "bus/pci/devices/%s/driver", step->device);

	report(s, false,
	       vprep_pool_strf(s->pool,
			       "not known: all that was done with %.100s (%s); look at "
			       "it%s%s",
			       step->device, step->kind->name,
			       r == 0 ? ", its driver is " : "", r == 0 ? driver : ""));
}

static void report_unknown(const struct salvaging *s, const struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].partial && steps->items[i].device &&
		    vprep_step_is_live(&steps->items[i]) && !is_reported(steps, i))
			report_partial(s, &steps->items[i]);
}

/* I1: they count as undone. The journal does not get to know of it: should something else
 * fail, they are told again the next time. */
static void leave_unknown(struct vprep_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].partial)
			steps->items[i].state = VPREP_STEP_UNDONE;
}

/* ---- what is somebody else's by now ---- */

static bool is_same(const struct vprep_step *a, const struct vprep_step *b)
{
	return streq(a->device, b->device) || (a->group >= 0 && a->group == b->group);
}

/* The record that a step was undone may be what was lost. */
static void leave_to_others(struct vprep_journal *journal,
			    const struct vprep_owners *owners)
{
	struct vprep_owned_step at = { 0 };
	size_t i;

	while (vprep_owners_next(owners, &at)) {
		if (streq(at.owner->journal->id, journal->id))
			continue;
		for (i = 0; i < journal->steps.n; i++)
			if (vprep_step_is_live(&journal->steps.items[i]) &&
			    journal->steps.items[i].device &&
			    is_same(&journal->steps.items[i], at.step))
				journal->steps.items[i].partial = true;
	}
}

/* ---- the way ---- */

static int undo(struct salvaging *s, struct vprep_transaction *transaction,
		struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_journal *journal = transaction->journal;
	int r = vprep_owners_read(s->session->io, transaction->locked, &owners, err);

	if (r < 0)
		return r;
	leave_to_others(journal, &owners);
	report_unknown(s, &journal->steps);
	leave_unknown(&journal->steps);
	return vprep_transaction_give_back(transaction, NULL, NULL, 0, err);
}

static int report_undone(struct salvaging *s, const char *damage)
{
	_cleanup_free_ char *file = NULL;
	int r = vprep_escape_file(s->id, &file);

	if (r == 0)
		report(s, false,
		       vprep_pool_strf(
			       s->pool,
			       "undone as far as its intact lines tell (%s); the "
			       "damaged journal is kept as /run/vfio-prep/" VPREP_STORE_SALVAGED
			       "/%s",
			       damage, file));
	return r;
}

static int salvage(struct salvaging *s, struct vprep_session *session,
		   struct vprep_error *err)
{
	_cleanup_free_ char *damage = NULL;
	struct vprep_transaction transaction;
	int r = vprep_transaction_salvage(session, s->id, PATIENCE, &transaction, err);

	if (r == -ENOENT) /* it was of an earlier boot, and its files are gone */
		return 0;
	if (r < 0)
		return r;
	damage = strdup(transaction.journal->corrupt);
	r = damage ? undo(s, &transaction, err) : vprep_error_oom(err);
	r = vprep_transaction_end(&transaction, r, err);
	if (r == 0)
		r = report_undone(s, damage);
	return r;
}

/* A dry run tells what is not known, and that the rest would be undone. */
static int foretell(struct salvaging *s, const struct vprep_journal *journal,
		    struct vprep_error *err)
{
	if (!journal->corrupt)
		return vprep_error_set(err, VPREP_E_REFUSED, EINVAL, NULL,
				       "the journal of '%.100s' is not damaged", s->id);
	report_unknown(s, &journal->steps);
	report(s, true,
	       vprep_pool_strf(s->pool,
			       "would be undone as far as its intact lines "
			       "tell (%s)",
			       journal->corrupt));
	return 0;
}

static int run(struct salvaging *s, struct vprep_session *session, const char *name,
	       bool dry_run, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	const struct vprep_journal *journal;
	int r = vprep_owners_look(session->io, &owners, err);

	if (r < 0)
		return r;
	journal = vprep_owners_journal(&owners, name);
	if (!journal)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, NULL,
				       "there is no journal of an owner '%.100s'; "
				       "'vfio-prep status' shows those that exist",
				       name);
	s->id = journal->id;
	return dry_run ? foretell(s, journal, err) : salvage(s, session, err);
}

VPREP_EXPORT int vprep_salvage(struct vprep_session *session, const char *owner,
			       bool dry_run, struct vprep_recovery **ret,
			       struct vprep_error *err)
{
	struct salvaging s = { .session = session };
	int r = vprep_session_may_change(session, err);

	if (r < 0)
		return r;
	s.recovery = vprep_pool_result_new(sizeof(*s.recovery), &s.pool);
	if (!s.recovery)
		return vprep_error_oom(err);
	r = run(&s, session, owner, dry_run, err);
	if (r == 0 && s.pool->failed)
		r = vprep_error_oom(err);
	if (r < 0) {
		vprep_recovery_free(s.recovery);
		return r;
	}
	*ret = s.recovery;
	return 0;
}
