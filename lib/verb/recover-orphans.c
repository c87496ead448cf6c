// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Giving back devices whose record is lost: the record is written anew from what is left,
 * and then given back as any other, so that a holder, a crash or a blocked kernel means
 * what it always means.
 */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"
#include "journal/public.h"
#include "session/orphans.h"
#include "session/transaction.h"
#include "verb/recover.h"

/* Seconds, for another command of the same owner. */
#define PATIENCE 1

struct lost {
	struct vprep_session *session;
	struct vprep_pool *pool;
	struct vprep_recovery *recovery;
};

static void report(const struct lost *lost, const char *id, bool left, const char *text)
{
	vprep_recovery_add(lost->recovery, lost->pool,
			   vprep_pool_printable(lost->pool, id), left, text);
}

/* "0000:05:10.1 usb_1_2": all of that owner. */
static const char *devices_of(const struct lost *lost,
			      const struct vprep_orphans *orphans, const char *id)
{
	const char *text = NULL;
	size_t i;

	for (i = 0; i < orphans->n; i++)
		if (streq(orphans->items[i].id, id))
			text = vprep_pool_strf(
				lost->pool, "%s%s%s", text ? text : "", text ? " " : "",
				vprep_orphan_text(&orphans->items[i], lost->pool));
	return text;
}

static void report_right(const struct lost *lost, const struct vprep_orphans *orphans,
			 const char *id, const char *what)
{
	report(lost, id, false,
	       vprep_pool_strf(lost->pool, "%s: its record was gone: %s", what,
			       devices_of(lost, orphans, id)));
}

/* Under the global lock: what nobody can be about to record any more. The claims are not
 * done, so that all of it counts as an attach to be rolled back, should this be killed. */
static int record(struct vprep_transaction *transaction, struct vprep_steps *steps,
		  struct vprep_error *err)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_journal *journal = transaction->journal;
	size_t i;
	int r = vprep_owners_read(transaction->session->io, transaction->locked, &owners,
				  err);

	if (r < 0)
		return r;
	r = vprep_orphans_find(transaction->session, &owners, &orphans);
	if (r == 0)
		r = vprep_orphan_steps(transaction->session, &orphans, journal->id,
				       steps);
	if (r == 0 && steps->n > 0)
		r = vprep_public_begin(transaction->locked, journal, steps);
	for (i = transaction->first; r == 0 && i < journal->steps.n; i++)
		if (!vprep_step_is_claim(&journal->steps.items[i]))
			r = vprep_step_mark(&transaction->context,
					    &journal->steps.items[i], VPREP_STEP_DONE);
	return r < 0 ? vprep_error_set(err, VPREP_E_LEFT, -r, NULL,
				       "cannot write its record anew: %s", strerror(-r))
		     : 0;
}

static int give_back(struct vprep_transaction *transaction, struct vprep_error *err)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	const struct vprep_steps *all = &transaction->journal->steps;
	int64_t request;
	int r = record(transaction, &steps, err);

	if (r < 0 || transaction->first == all->n)
		return r;
	request = all->items[transaction->first].request;
	return vprep_transaction_give_back(transaction, vprep_claim_is_since, &request, 0,
					   err);
}

static void recover(const struct lost *lost, const struct vprep_orphans *orphans,
		    const struct vprep_orphan *o)
{
	struct vprep_journal_header header = vprep_orphan_header(o, lost->pool);
	struct vprep_transaction transaction;
	struct vprep_error err;
	int r = vprep_transaction_begin(lost->session, o->id, &header, PATIENCE,
					&transaction, &err);

	if (r == 0) {
		r = give_back(&transaction, &err);
		r = vprep_transaction_end(&transaction, r, &err);
	}
	if (r < 0)
		report(lost, o->id, true, err.message);
	else
		report_right(lost, orphans, o->id, "put right");
}

static void foretell(const struct lost *lost, const struct vprep_orphans *orphans,
		     const struct vprep_orphan *o)
{
	struct vprep_journal journal = { .id = (char *)(uintptr_t)o->id,
					 .fd = -1,
					 .work = -1 };
	struct vprep_step_context context = { .io = lost->session->io,
					      .config = lost->session->config,
					      .journal = &journal };
	struct vprep_error err;
	int r = vprep_orphan_steps(lost->session, orphans, o->id, &journal.steps);

	if (r < 0)
		vprep_error_set(&err, VPREP_E_FAILED, -r, NULL, "cannot look at it: %s",
				strerror(-r));
	else
		r = vprep_exec_foretell(&context, NULL, NULL, &err);
	if (r < 0)
		report(lost, o->id, true, err.message);
	else
		report_right(lost, orphans, o->id, "would be put right");
	vprep_steps_done(&journal.steps);
}

static bool is_first(const struct vprep_orphans *orphans, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (streq(orphans->items[i].id, orphans->items[at].id))
			return false;
	return true;
}

int vprep_recover_orphans(struct vprep_session *session, bool dry_run,
			  struct vprep_pool *pool, struct vprep_recovery *recovery,
			  struct vprep_error *err)
{
	_cleanup_(vprep_orphans_done) struct vprep_orphans orphans = { 0 };
	const struct lost lost = { session, pool, recovery };
	size_t i;
	int r = vprep_orphans_look(session, &orphans, err);

	for (i = 0; r == 0 && !pool->failed && i < orphans.n; i++) {
		if (!is_first(&orphans, i))
			continue;
		if (dry_run)
			foretell(&lost, &orphans, &orphans.items[i]);
		else
			recover(&lost, &orphans, &orphans.items[i]);
	}
	return r;
}
