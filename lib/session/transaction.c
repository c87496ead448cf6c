// SPDX-License-Identifier: GPL-2.0-or-later
/* Working on one owner: its journal locked, and the global lock while that is needed. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "io/job.h"
#include "session/session.h"

#define BUSY_POLL_MS 20
#define ROLLBACK_PATIENCE 2 /* seconds */

static int try_begin(struct vprep_transaction *t, const char *id,
		     const struct vprep_journal_header *header, struct vprep_error *err)
{
	int r;

	r = vprep_store_lock(t->session->io, header != NULL, &t->store, err);
	if (r < 0)
		return r;
	r = vprep_journal_open(t->session->io, t->store, id, header, &t->journal, err);
	if (r < 0)
		vprep_transaction_unlock(t);
	return r;
}

/* Files only: what they describe went with the reboot. */
static int clean_earlier_boot(struct vprep_transaction *t, const char *id,
			      const struct vprep_journal_header *header,
			      struct vprep_error *err)
{
	int r = vprep_transaction_end(t, vprep_exec_clean_after_reboot(&t->exec, err),
				      err);

	if (r == 0)
		r = try_begin(t, id, header, err);
	if (r == -EAGAIN)
		vprep_error_set(err, VPREP_E_FAILED, EAGAIN, NULL,
				"another vfio-prep command works on owner '%.100s'", id);
	return r;
}

static int explain_busy(int r, const char *id, struct vprep_error *err)
{
	if (r == -EAGAIN)
		return vprep_error_set(
			err, VPREP_E_FAILED, EAGAIN, NULL,
			"another vfio-prep command works on owner '%.100s'; "
			"nothing was changed",
			id);
	return vprep_error_set(err, VPREP_E_LEFT, EINPROGRESS, NULL,
			       "a command for owner '%.100s' was killed while the kernel "
			       "worked for it, and that has not ended yet; when it has, "
			       "'vfio-prep recover' puts it right",
			       id);
}

/* What is left of a killed command has as long as it would have had. */
static int64_t orphans_end(const struct vprep_session *session, int64_t begin)
{
	return begin + (int64_t)session->config->deadlines[VPREP_DEADLINE_UNBIND] * 1000;
}

int vprep_transaction_begin(struct vprep_session *session, const char *id,
			    const struct vprep_journal_header *header, unsigned patience,
			    struct vprep_transaction *ret, struct vprep_error *err)
{
	int64_t begin = vprep_now_ms(), end = begin + (int64_t)patience * 1000;
	struct vprep_transaction t = {
		.session = session,
		.exec = {
			.io = session->io,
			.config = session->config,
			.log = session->log,
			.log_data = session->log_data,
			.interrupted = session->interrupted,
			.interrupted_data = session->interrupted_data,
		},
	};
	int r;

	for (;;) {
		r = try_begin(&t, id, header, err);
		if (r != -EAGAIN && r != -EINPROGRESS)
			break;
		if (vprep_now_ms() >=
			    (r == -EAGAIN ? end : orphans_end(session, begin)) ||
		    vprep_session_is_interrupted(session))
			return explain_busy(r, id, err);
		vprep_sleep_ms(BUSY_POLL_MS);
	}
	if (r == 0 && t.journal->of_earlier_boot) {
		t.exec.journal = t.journal;
		r = clean_earlier_boot(&t, id, header, err);
	}
	if (r < 0)
		return r;
	t.exec.journal = t.journal;
	*ret = t;
	return 0;
}

void vprep_transaction_unlock(struct vprep_transaction *t)
{
	vprep_store_unlock(t->session->io, t->store);
	t->store = NULL;
}

int vprep_transaction_relock(struct vprep_transaction *t, struct vprep_error *err)
{
	return t->store ? 0 : vprep_store_lock(t->session->io, true, &t->store, err);
}

static int tidy(struct vprep_transaction *t)
{
	int r = t->store ? 0 : vprep_store_lock(t->session->io, true, &t->store, NULL);
	int unlocked;

	if (r == 0)
		r = vprep_journal_tidy(t->store, t->journal);
	vprep_journal_free(t->journal);
	t->journal = NULL;
	unlocked = vprep_store_unlock(t->session->io, t->store);
	t->store = NULL;
	return r < 0 ? r : unlocked;
}

int vprep_transaction_end(struct vprep_transaction *t, int r, struct vprep_error *err)
{
	int tidied = t->journal ? tidy(t) : 0; /* else it has ended before */

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

int vprep_transaction_repair(struct vprep_transaction *t, struct vprep_error *err)
{
	struct vprep_error left;

	if (t->journal->steps.n == 0 || !vprep_journal_is_incomplete(t->journal))
		return 0;
	vprep_transaction_unlock(t);
	if (vprep_exec_release(&t->exec, vprep_claim_is_incomplete, NULL, 0, &left) < 0)
		vprep_step_log(&t->exec, VPREP_LOG_WARNING, "%s", left.message);
	return vprep_transaction_relock(t, err);
}

int vprep_transaction_begin_steps(struct vprep_transaction *t, struct vprep_steps *steps,
				  size_t *ret_first, struct vprep_error *err)
{
	int r = vprep_journal_begin(t->journal, steps, ret_first);

	if (r < 0)
		return vprep_error_set(
			err, VPREP_E_REFUSED, -r, NULL,
			"cannot write the journal in /run/vfio-prep: %s; nothing "
			"was changed",
			strerror(-r));
	return 0;
}

static bool is_since(const struct vprep_journal *j, const struct vprep_step *claim,
		     const void *data)
{
	(void)j;
	return claim->request >= *(const int64_t *)data;
}

void vprep_transaction_roll_back(struct vprep_transaction *t, size_t first,
				 struct vprep_error *err)
{
	int64_t request = t->journal->steps.items[first].request;
	struct vprep_error left;

	if (vprep_exec_release(&t->exec, is_since, &request, ROLLBACK_PATIENCE, &left) ==
		    0 ||
	    !err)
		return;
	err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; and it could not all be rolled back: %s",
			   left.message);
}

int vprep_transaction_keep(struct vprep_transaction *t, size_t first, const char *recover,
			   struct vprep_error *err)
{
	struct vprep_steps *steps = &t->journal->steps;
	size_t i;
	int r = 0;

	for (i = steps->n; r == 0 && i-- > first;) {
		r = vprep_step_mark(&t->exec, &steps->items[i], VPREP_STEP_UNDONE);
		if (vprep_step_is_claim(&steps->items[i])) /* stands for nothing now */
			r = 0;
	}
	return r < 0 ? vprep_error_set(
			       err, VPREP_E_LEFT, -r, NULL,
			       "cannot write the journal: %s; 'vfio-prep recover' %s",
			       strerror(-r), recover)
		     : 0;
}

bool vprep_claim_is_incomplete(const struct vprep_journal *j,
			       const struct vprep_step *claim, const void *unused)
{
	size_t i;

	(void)unused;
	if (vprep_journal_is_unfinished(j, claim->request))
		return true;
	for (i = 0; i < j->steps.n; i++)
		if (vprep_step_is_release(&j->steps.items[i]) &&
		    vprep_step_is_live(&j->steps.items[i]) &&
		    streq(j->steps.items[i].device, claim->device))
			return true;
	return false;
}
