// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back what an owner holds. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/pci.h"
#include "journal/giving-back.h"
#include "journal/owners.h"
#include "session/changes.h"
#include "session/log.h"
#include "session/transaction.h"
#include "step/claim.h"

static bool is_to_go(const struct vprep_journal *journal, const struct vprep_step *claim,
		     const void *devices)
{
	(void)journal;
	return !devices || vprep_strv_has(devices, claim->device);
}

int vprep_mark_released(struct vprep_journal *journal, vprep_claim_filter wanted,
			const void *data)
{
	struct vprep_steps marks = { 0 };
	struct vprep_step *added;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < journal->steps.n; i++) {
		const struct vprep_step *claim = &journal->steps.items[i];

		if (vprep_step_is_live_claim(claim) && wanted(journal, claim, data) &&
		    !vprep_journal_releases(journal, claim->device))
			r = vprep_steps_add(&marks, &vprep_step_release, claim->device,
					    &added);
	}
	if (r == 0 && marks.n > 0)
		r = vprep_journal_begin(journal, &marks);
	vprep_steps_done(&marks);
	return r;
}

/* What an interrupted command left half-way goes back without a mark. */
static bool is_to_be_marked(const struct vprep_journal *journal,
			    const struct vprep_step *claim, const void *devices)
{
	return is_to_go(journal, claim, devices) &&
	       !vprep_journal_is_unfinished(journal, claim->request);
}

int vprep_give_back_mark(struct vprep_journal *journal, char *const *devices,
			 struct vprep_error *err)
{
	int r = vprep_mark_released(journal, is_to_be_marked, devices);

	return r < 0 ? vprep_error_set(
			       err, VPREP_E_FAILED, -r, NULL,
			       "cannot write the journal in /run/vfio-prep: %s; nothing "
			       "was changed",
			       strerror(-r))
		     : 0;
}

/* An mdev or a function that existed for its claim alone, and went with it. */
static bool is_removed(const struct vprep_steps *steps, const struct vprep_step *claim)
{
	struct vprep_step_mdev mdev;
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_mdev(&steps->items[i], &mdev) &&
		    steps->items[i].state == VPREP_STEP_UNDONE &&
		    streq(steps->items[i].device, claim->device))
			return true;
	return false;
}

static bool has_undo(const struct vprep_step *step)
{
	return step->kind->child_undo;
}

/* What was declared is often something else, such as how many VFs there are. */
static bool keeps_its_driver(const struct vprep_journal *journal,
			     const struct vprep_step *claim)
{
	const struct vprep_steps *steps = &journal->steps;
	size_t i;

	if (!vprep_str_same(journal->header.kind, VPREP_OWNER_DECLARED))
		return false;
	for (i = 0; i < steps->n; i++)
		if (vprep_step_binds(&steps->items[i]) &&
		    streq(steps->items[i].device, claim->device))
			return false;
	return true;
}

/* One line: how the device is now. */
static void tell_device(const struct vprep_session *session,
			const struct vprep_journal *journal,
			const struct vprep_step *claim, enum vprep_log_level level)
{
	struct vprep_pci_address address;
	_cleanup_free_ char *driver = NULL;

	if (is_removed(&journal->steps, claim))
		vprep_session_log(session, level, "%s is removed", claim->device);
	else if (vprep_pci_address_parse(claim->device, &address) < 0 ||
		 keeps_its_driver(journal, claim))
		vprep_session_log(session, level, "%s is given back", claim->device);
	else if (vprep_pci_driver(session->io, address, &driver) == 0 && driver)
		vprep_session_log(session, level, "%s is back on %s", claim->device,
				  driver);
	else
		vprep_session_log(session, level, "%s is back, without a driver",
				  claim->device);
}

/* Which of the steps has bound a placeholder, which nobody claims, as long as it is not
 * undone. NULL: out of memory, and nothing is told of them. */
static bool *find_placeholders(const struct vprep_steps *steps)
{
	bool *bound = calloc(steps->n + 1, sizeof(*bound));
	size_t i;

	for (i = 0; bound && i < steps->n; i++)
		bound[i] = vprep_step_binds(&steps->items[i]) &&
			   vprep_step_is_live(&steps->items[i]) &&
			   !vprep_steps_claim_of(steps, steps->items[i].device);
	return bound;
}

/* Tells of placeholders that went with their group: attach has told of each. */
static void tell_placeholders(const struct vprep_transaction *transaction,
			      const bool *bound, size_t n)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	size_t i;

	for (i = 0; bound && i < n; i++)
		if (bound[i] && !vprep_step_is_live(&steps->items[i]))
			tell_device(transaction->session, transaction->journal,
				    &steps->items[i], VPREP_LOG_NOTICE);
}

/* @first: the first of the marks that this command has set. */
static void tell(const struct vprep_transaction *transaction, size_t first)
{
	const struct vprep_steps *steps = &transaction->journal->steps;
	_cleanup_free_ size_t *back = calloc(steps->n + 1, sizeof(*back));
	enum vprep_log_level level;
	size_t i, n = 0;

	/* not of placeholders that stay for the rest of their group: there was a line
	 * before */
	for (i = first; back && i < steps->n; i++)
		if (vprep_step_is_release(&steps->items[i]) &&
		    !vprep_steps_live_of(steps, steps->items[i].device, has_undo))
			back[n++] = i;
	level = n > VPREP_FEW_DEVICES ? VPREP_LOG_DEBUG : VPREP_LOG_NOTICE;
	for (i = 0; i < n; i++)
		tell_device(transaction->session, transaction->journal,
			    &steps->items[back[i]], level);
	if (n > VPREP_FEW_DEVICES)
		vprep_session_log(transaction->session, VPREP_LOG_NOTICE,
				  "%zu devices are given back", n);
}

static int give_back(struct vprep_transaction *transaction,
		     const struct vprep_give_back *what, struct vprep_error *err)
{
	const struct vprep_session *session = transaction->session;
	size_t first = transaction->journal->steps.n;
	_cleanup_free_ bool *live = vprep_changes_live(transaction);
	_cleanup_free_ bool *bound = find_placeholders(&transaction->journal->steps);
	int r;

	r = what->check ? what->check(session, transaction->locked, what->data, err) : 0;
	if (r < 0)
		return r;
	r = vprep_give_back_mark(transaction->journal, what->devices, err);
	if (r < 0)
		return r;
	r = vprep_transaction_give_back(transaction, is_to_go, what->devices,
					session->config->deadlines[VPREP_DEADLINE_UNBIND],
					err);
	vprep_changes_note_given_back(transaction, live, first);
	if (r == 0) {
		tell(transaction, first);
		tell_placeholders(transaction, bound, first);
	}
	return r;
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
