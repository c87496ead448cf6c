// SPDX-License-Identifier: GPL-2.0-or-later
/* A transaction's locks: how it begins and ends. */
#include "session/transaction.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "journal/lock-holder.h"
#include "session/log.h"

#define BUSY_POLL_MS 20

static int try_begin(struct vprep_transaction *transaction, const char *id,
		     const struct vprep_journal_header *header, struct vprep_error *err)
{
	const struct vprep_io *io = transaction->session->io;
	int r;

	r = vprep_store_lock(io, header != NULL, &transaction->locked, err);
	if (r == -EINTR || r == -ETIMEDOUT)
		vprep_error_append(err, "; nothing was changed");
	if (r < 0)
		return r;
	r = transaction->salvages
		    ? vprep_journal_open_damaged(io, transaction->locked, id,
						 &transaction->journal, err)
		    : vprep_journal_open(io, transaction->locked, id, header,
					 &transaction->journal, err);
	if (r < 0)
		vprep_transaction_unlock(transaction);
	else
		vprep_log_hold(transaction->session); /* until vprep_transaction_end() */
	if (r == 0)
		transaction->locked->own = transaction->journal;
	transaction->context.journal = transaction->journal;
	return r;
}

static int explain_busy(const struct vprep_session *session, int r, const char *id,
			struct vprep_error *err)
{
	struct vprep_lock_holder holder;

	if (r == -EINPROGRESS)
		return vprep_error_set(
			err, VPREP_E_LEFT, EINPROGRESS, NULL,
			"a command for owner '%.100s' was killed while the kernel worked "
			"for it, and that has not ended yet; when it has, 'vfio-prep "
			"recover' puts it right",
			id);
	holder = vprep_lock_holder_of_journal(session->io, id);
	return vprep_error_set(
		err, VPREP_E_FAILED, EAGAIN, NULL,
		"%sanother vfio-prep command, %s, works on owner '%.100s'; nothing was "
		"changed",
		vprep_session_is_interrupted(session) ? "interrupted by a signal while "
						      : "",
		holder.text, id);
}

/* The child of a killed command has as long as the command would have given it. */
static bool is_over(const struct vprep_session *session, int r, int64_t since,
		    unsigned patience)
{
	if (r == -EINPROGRESS)
		patience = session->config->deadlines[VPREP_DEADLINE_UNBIND];
	return vprep_now_ms() >= since + (int64_t)patience * 1000 ||
	       vprep_session_is_interrupted(session);
}

/* Waits for another command that works on the owner. */
static int begin_in_turn(struct vprep_transaction *transaction, const char *id,
			 const struct vprep_journal_header *header, unsigned patience,
			 struct vprep_error *err)
{
	const struct vprep_session *session = transaction->session;
	int64_t since = vprep_now_ms();
	int r;

	while ((r = try_begin(transaction, id, header, err)) == -EAGAIN ||
	       r == -EINPROGRESS) {
		if (is_over(session, r, since, patience))
			return explain_busy(session, r, id, err);
		vprep_sleep_ms(BUSY_POLL_MS);
	}
	return r;
}

/* Only files are left to remove: what they describe went with the reboot. */
static int clean_earlier_boot(struct vprep_transaction *transaction,
			      struct vprep_error *err)
{
	int r = vprep_exec_clean_after_reboot(&transaction->context, err);

	return vprep_transaction_end(transaction, r, err);
}

static int begin(struct vprep_session *session, const char *id,
		 const struct vprep_journal_header *header, bool salvages,
		 unsigned patience, struct vprep_transaction *ret,
		 struct vprep_error *err)
{
	struct vprep_transaction transaction = {
		.session = session,
		.salvages = salvages,
		.context = {
			.io = session->io,
			.config = session->config,
			.log = session->log,
			.log_data = session->log_data,
			.interrupted = session->interrupted,
			.interrupted_data = session->interrupted_data,
			.progress = session->progress,
			.progress_data = session->progress_data,
		},
	};
	int r;

	r = begin_in_turn(&transaction, id, header, patience, err);
	if (r == 0 && transaction.journal->of_earlier_boot) {
		r = clean_earlier_boot(&transaction, err);
		if (r == 0)
			r = begin_in_turn(&transaction, id, header, patience, err);
	}
	if (r < 0)
		return r;
	transaction.first = transaction.journal->steps.n;
	*ret = transaction;
	return 0;
}

int vprep_transaction_begin(struct vprep_session *session, const char *id,
			    const struct vprep_journal_header *header, unsigned patience,
			    struct vprep_transaction *ret, struct vprep_error *err)
{
	return begin(session, id, header, false, patience, ret, err);
}

int vprep_transaction_salvage(struct vprep_session *session, const char *id,
			      unsigned patience, struct vprep_transaction *ret,
			      struct vprep_error *err)
{
	return begin(session, id, NULL, true, patience, ret, err);
}

int64_t vprep_transaction_number(const struct vprep_transaction *transaction)
{
	const struct vprep_journal *journal = transaction->journal;

	return transaction->first < journal->steps.n
		       ? journal->steps.items[transaction->first].request
		       : (int64_t)journal->next_seq;
}

void vprep_transaction_unlock(struct vprep_transaction *transaction)
{
	if (transaction->locked && transaction->journal)
		transaction->locked->in_use = vprep_journal_is_live(transaction->journal);
	vprep_store_unlock(transaction->session->io, transaction->locked);
	transaction->locked = NULL;
}

int vprep_transaction_give_back(struct vprep_transaction *transaction,
				vprep_claim_filter wanted, const void *data,
				unsigned patience, struct vprep_error *err)
{
	char **shared = NULL;
	int r;

	r = vprep_shared_leave(transaction, wanted, data, &shared, err);
	vprep_transaction_unlock(transaction);
	if (r < 0)
		return r;
	transaction->context.shared = shared;
	r = vprep_exec_release(&transaction->context, wanted, data, patience, err);
	transaction->context.shared = NULL;
	vprep_strv_free(shared);
	return r;
}

static int tidy(struct vprep_transaction *transaction)
{
	const struct vprep_io *io = transaction->session->io;
	bool untidy = vprep_journal_is_untidy(transaction->journal);
	int unlocked, r = 0;

	if (untidy && !transaction->locked)
		r = vprep_store_lock_to_finish(io, &transaction->locked, NULL);
	if (r == 0 && transaction->locked)
		r = vprep_journal_tidy(transaction->locked, transaction->journal);
	vprep_journal_free(transaction->journal);
	transaction->journal = NULL;
	unlocked = vprep_store_unlock(io, transaction->locked);
	transaction->locked = NULL;
	return r < 0 ? r : unlocked;
}

int vprep_transaction_end(struct vprep_transaction *transaction, int r,
			  struct vprep_error *err)
{
	bool has_ended = !transaction->journal;
	int tidied = has_ended ? 0 : tidy(transaction);

	if (!has_ended)
		vprep_log_let_go(transaction->session);
	if (tidied == 0)
		return r;
	if (r == 0)
		return vprep_error_set(
			err, VPREP_E_LEFT, -tidied, NULL,
			"it is done, but the journal in /run/vfio-prep could "
			"not be tidied: %s; 'vfio-prep recover' does it",
			strerror(-tidied));
	if (err)
		err->code = VPREP_E_LEFT;
	vprep_error_append(err,
			   "; and the journal in /run/vfio-prep could not be tidied: %s",
			   strerror(-tidied));
	return r;
}
