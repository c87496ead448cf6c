// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back what an owner holds. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"
#include "session/transaction.h"
#include "step/claim.h"

static bool is_to_go(const struct vprep_journal *journal, const struct vprep_step *claim,
		     const void *devices)
{
	(void)journal;
	return !devices || vprep_strv_has(devices, claim->device);
}

/* Marks the devices in the journal, so that recover goes on where this process may be
 * killed. */
static int mark(struct vprep_journal *journal, char *const *devices)
{
	struct vprep_steps marks = { 0 };
	struct vprep_step *added;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < journal->steps.n; i++) {
		const struct vprep_step *claim = &journal->steps.items[i];

		if (vprep_step_is_live_claim(claim) &&
		    is_to_go(journal, claim, devices) &&
		    !vprep_claim_is_incomplete(journal, claim, NULL))
			r = vprep_steps_add(&marks, &vprep_step_release, claim->device,
					    &added);
	}
	if (r == 0 && marks.n > 0)
		r = vprep_journal_begin(journal, &marks);
	vprep_steps_done(&marks);
	return r;
}

static int give_back(struct vprep_transaction *transaction,
		     const struct vprep_give_back *what, struct vprep_error *err)
{
	const struct vprep_session *session = transaction->session;
	int r;

	r = what->check ? what->check(session, transaction->locked, what->data, err) : 0;
	if (r < 0)
		return r;
	r = mark(transaction->journal, what->devices);
	if (r < 0)
		return vprep_error_set(
			err, VPREP_E_FAILED, -r, NULL,
			"cannot write the journal in /run/vfio-prep: %s; nothing was "
			"changed",
			strerror(-r));
	return vprep_transaction_give_back(
		transaction, is_to_go, what->devices,
		session->config->deadlines[VPREP_DEADLINE_UNBIND], err);
}

int vprep_give_back(struct vprep_session *session, const struct vprep_give_back *what,
		    struct vprep_error *err)
{
	struct vprep_transaction transaction;
	int r;

	r = vprep_transaction_begin(session, what->id, NULL,
				    session->config->deadlines[VPREP_DEADLINE_BIND],
				    &transaction, err);
	if (r == -ENOENT) /* another command was faster */
		return 0;
	if (r < 0)
		return r;
	r = give_back(&transaction, what, err);
	return vprep_transaction_end(&transaction, r, err);
}
