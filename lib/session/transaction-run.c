// SPDX-License-Identifier: GPL-2.0-or-later
/* The course of every change: take the locks, repair, plan, record, carry out, roll back
 * or keep. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "host/process.h"
#include "journal/owners.h"
#include "journal/public.h"
#include "session/transaction.h"

/* Seconds, for processes that hold what is to be given back before the work goes on. */
#define PATIENCE 2
/* Before a request whose device was just changing is looked at again. */
#define LOOK_AGAIN_MS 50

static int relock(struct vprep_transaction *transaction, struct vprep_error *err)
{
	return transaction->locked ? 0
				   : vprep_store_lock(transaction->session->io, true,
						      &transaction->locked, err);
}

static bool has_recorded(const struct vprep_transaction *transaction)
{
	return transaction->first < transaction->journal->steps.n;
}

/* ---- before the work ---- */

static int refuse_living(const char *id, struct vprep_error *err)
{
	_cleanup_free_ char *word = vprep_shell_word(id);

	return word ? vprep_error_set(err, VPREP_E_OWNED, EBUSY, NULL,
				      "owner '%.60s' holds devices already; choose "
				      "another name with --owner, or give them back by "
				      "'vfio-prep detach --owner %s'",
				      id, word)
		    : vprep_error_oom(err);
}

/* What another process left is given back, and its journal goes with it. */
static int take_over_from(struct vprep_transaction *transaction,
			  const struct vprep_transaction_work *work,
			  struct vprep_error *err)
{
	struct vprep_session *session = transaction->session;
	int r = 0;

	if (vprep_journal_is_live(transaction->journal)) {
		if (!vprep_owner_is_dead(session->io, transaction->journal))
			return refuse_living(work->id, err);
		r = vprep_transaction_give_back(transaction, NULL, NULL, PATIENCE, err);
	}
	if (r == 0)
		r = vprep_transaction_end(transaction, 0, err);
	return r < 0 ? r
		     : vprep_transaction_begin(session, work->id, work->header,
					       session->config->deadlines[work->patience],
					       transaction, err);
}

static bool is_of_process(const struct vprep_journal *journal,
			  const struct vprep_journal_header *process)
{
	return journal->header.pid == process->pid &&
	       journal->header.pid_start == process->pid_start;
}

/* An owner that is a process is that process's alone. Before the journal is begun anew,
 * yet another process may have begun it. */
static int take_over(struct vprep_transaction *transaction,
		     const struct vprep_transaction_work *work, struct vprep_error *err)
{
	int r = 0;

	while (r == 0 && work->header->pid >= 0 &&
	       !is_of_process(transaction->journal, work->header))
		r = take_over_from(transaction, work, err);
	return r;
}

/* The owner's last command may have been killed: what it left is finished first. What
 * cannot be finished yet, such as a release that a guest still blocks, stops the work
 * only if that is about the same device (journal/giving-back.h). @left: why not, if its
 * message is not empty. */
static int repair(struct vprep_transaction *transaction, struct vprep_error *left,
		  struct vprep_error *err)
{
	if (transaction->journal->steps.n == 0 ||
	    !vprep_journal_is_incomplete(transaction->journal))
		return 0;
	if (vprep_transaction_give_back(transaction, vprep_claim_is_incomplete, NULL, 0,
					left) == 0)
		left->message[0] = '\0';
	return relock(transaction, err);
}

/* Warns of what is left, unless the work was refused (@err, else NULL) for the same
 * device: then @err says more. */
static void tell_left(const struct vprep_transaction *transaction,
		      const struct vprep_error *left, const struct vprep_error *err)
{
	if (left->message[0] && !(err && streq(err->device, left->device)))
		vprep_step_log(&transaction->context, VPREP_LOG_WARNING,
			       "%s is still being given back by '%.100s': 'vfio-prep "
			       "recover' tells why",
			       left->device[0] ? left->device : "something",
			       transaction->journal->id);
}

/* ---- a stage ---- */

static bool is_named(const struct vprep_journal *journal, const struct vprep_step *claim,
		     const void *names)
{
	(void)journal;
	return vprep_strv_has(names, claim->device);
}

/* The marks of what goes back are no steps of the work, which begins behind them. */
static int give_back_changed(struct vprep_transaction *transaction,
			     const struct vprep_transaction_stage *stage, void *data,
			     struct vprep_error *err)
{
	_cleanup_strv_ char **changed = NULL;
	int r;

	r = stage->find_changed(transaction, data, &changed, err);
	if (r < 0 || !changed)
		return r;
	r = vprep_give_back_mark(transaction->journal, changed, err);
	if (r < 0)
		return r;
	transaction->first = transaction->journal->steps.n;
	r = vprep_transaction_give_back(transaction, is_named, changed, PATIENCE, err);
	if (r < 0)
		return r;
	transaction->gave_back = true;
	return relock(transaction, err);
}

/* The steps of a later stage stand and fall with those of the first one. */
static int record(struct vprep_transaction *transaction, struct vprep_steps *steps,
		  struct vprep_error *err)
{
	struct vprep_journal *journal = transaction->journal;
	size_t i;
	int r;

	if (steps->n == 0)
		return 0;
	for (i = 0; has_recorded(transaction) && i < steps->n; i++)
		steps->items[i].request =
			journal->steps.items[transaction->first].request;
	r = vprep_public_begin(transaction->locked, journal, steps);
	return r < 0 ? vprep_error_set(
			       err, VPREP_E_REFUSED, -r, NULL,
			       "cannot write the journal in /run/vfio-prep: %s; nothing "
			       "was changed",
			       strerror(-r))
		     : 0;
}

static int run_stage(struct vprep_transaction *transaction,
		     const struct vprep_transaction_stage *stage, void *data,
		     struct vprep_error *err)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	int r;

	r = relock(transaction, err);
	if (r == 0 && stage->find_changed)
		r = give_back_changed(transaction, stage, data, err);
	if (r == 0)
		r = stage->plan(transaction, transaction->locked, data, &steps, err);
	if (r == 0)
		r = record(transaction, &steps, err);
	if (r < 0 || !has_recorded(transaction))
		return r;
	vprep_transaction_unlock(transaction);
	return stage->carry_out(&transaction->context, transaction->first, err);
}

/* ---- after the work ---- */

/* What cannot be undone is added to the error that is there. True: all is undone. */
static bool roll_back(struct vprep_transaction *transaction, struct vprep_error *err)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	int64_t request = steps->items[transaction->first].request;
	struct vprep_error left;

	/* what a verb watches its own work by has no say in the way back */
	transaction->context.interrupted = transaction->session->interrupted;
	transaction->context.interrupted_data = transaction->session->interrupted_data;
	if (vprep_transaction_give_back(transaction, vprep_claim_is_since, &request,
					PATIENCE, &left) == 0)
		return true;
	if (err)
		err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; and it could not all be rolled back: %s",
			   left.message);
	return false;
}

/* The claims come first in the journal and last here: without the rest they stand for
 * nothing. */
static int keep(struct vprep_transaction *transaction, const char *recover,
		struct vprep_error *err)
{
	struct vprep_steps *steps = &transaction->journal->steps;
	size_t i;
	int r = 0;

	for (i = steps->n; r == 0 && i-- > transaction->first;) {
		r = vprep_step_mark(&transaction->context, &steps->items[i],
				    VPREP_STEP_UNDONE);
		if (vprep_step_is_claim(&steps->items[i]))
			r = 0;
	}
	return r < 0 ? vprep_error_set(
			       err, VPREP_E_LEFT, -r, NULL,
			       "cannot write the journal: %s; 'vfio-prep recover' %s",
			       strerror(-r), recover)
		     : 0;
}

/* Not that of a guest which gets one more device while it runs. */
static bool has_ended_process(const struct vprep_transaction *transaction)
{
	const struct vprep_journal *journal = transaction->journal;
	const struct vprep_io *io = transaction->session->io;

	return journal->header.pid >= 0 &&
	       (vprep_owner_is_dead(io, journal) ||
		vprep_process_is_ending(io, (pid_t)journal->header.pid));
}

/* An owner that starts again has no process yet. As long as the journal names its last
 * process, which has ended, recover would give the owner's devices back. */
static int forget_process(struct vprep_transaction *transaction, struct vprep_error *err)
{
	struct vprep_journal *journal = transaction->journal;
	int r = transaction->locked
			? 0
			: vprep_store_lock_to_finish(transaction->session->io,
						     &transaction->locked, err);

	if (r == 0)
		r = vprep_journal_set_process(transaction->locked, journal, -1, 0);
	return r < 0 ? vprep_error_set(err, VPREP_E_LEFT, -r, NULL,
				       "cannot note in the journal that '%.100s' starts "
				       "again: %s; 'vfio-prep recover' gives its devices "
				       "back",
				       journal->id, strerror(-r))
		     : 0;
}

/* A change that stays for good can be interrupted until keep() has recorded it. */
static int finish(struct vprep_transaction *transaction,
		  const struct vprep_transaction_work *work, struct vprep_error *err)
{
	if (work->keep && has_recorded(transaction) &&
	    vprep_session_is_interrupted(transaction->session))
		return vprep_error_set(
			err, VPREP_E_FAILED, EINTR, work->header->name,
			"interrupted by a signal; everything was rolled back");
	return work->done ? work->done(transaction, work->data, err) : 0;
}

/* An error after something was given back first may say that nothing was changed. */
static void tell_given_back(const struct vprep_transaction *transaction,
			    struct vprep_error *err)
{
	if (!transaction->gave_back || !err)
		return;
	err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; but what was to go back first is given back already");
}

/* *@ret_undone: the work failed, and nothing is left of it. */
static int do_stages(struct vprep_transaction *transaction,
		     const struct vprep_transaction_work *work, bool *ret_undone,
		     struct vprep_error *err)
{
	size_t i;
	int r = 0;

	transaction->first = transaction->journal->steps.n;
	for (i = 0; r == 0 && i < work->n_stages; i++)
		r = run_stage(transaction, &work->stages[i], work->data, err);
	if (r == 0) {
		vprep_transaction_unlock(transaction);
		r = finish(transaction, work, err);
	}
	*ret_undone =
		r < 0 && (!has_recorded(transaction) || roll_back(transaction, err));
	if (r < 0 && r != -VPREP_STEP_LOOK_AGAIN)
		tell_given_back(transaction, err);
	return r;
}

static bool may_look_again(struct vprep_transaction *transaction, int64_t end)
{
	if (vprep_now_ms() >= end || vprep_session_is_interrupted(transaction->session))
		return false;
	vprep_transaction_unlock(transaction);
	vprep_sleep_ms(LOOK_AGAIN_MS);
	return true;
}

static int do_work(struct vprep_transaction *transaction,
		   const struct vprep_transaction_work *work, struct vprep_error *err)
{
	const struct vprep_config *config = transaction->session->config;
	int64_t end = vprep_now_ms() + (int64_t)config->deadlines[work->patience] * 1000;
	struct vprep_error left = { 0 };
	bool undone;
	int r;

	r = repair(transaction, &left, err);
	if (r < 0)
		return r;
	do
		r = do_stages(transaction, work, &undone, err);
	while (r == -VPREP_STEP_LOOK_AGAIN && undone && may_look_again(transaction, end));
	tell_left(transaction, &left, r < 0 ? err : NULL);
	if (r < 0)
		return r;
	if (work->keep)
		return keep(transaction, work->keep, err);
	if (work->header->pid < 0 && has_ended_process(transaction))
		return forget_process(transaction, err);
	return 0;
}

int vprep_transaction_run(struct vprep_session *session,
			  const struct vprep_transaction_work *work,
			  struct vprep_error *err)
{
	struct vprep_transaction transaction;
	int r;

	r = vprep_transaction_begin(session, work->id, work->header,
				    session->config->deadlines[work->patience],
				    &transaction, err);
	if (r < 0)
		return r;
	r = take_over(&transaction, work, err);
	if (r == 0)
		r = do_work(&transaction, work, err);
	return vprep_transaction_end(&transaction, r, err);
}
