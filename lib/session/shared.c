// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices that several owners share. Each of them has the same steps in its journal. Who
 * gives such a device back while another one keeps it undoes nothing; the last one undoes
 * what was done for the first.
 *
 * I1  Who gives such a device back says so in the journal under the global lock, and then
 *     looks who keeps it. So of two who give it back at once, the second one undoes; and
 *     nobody begins to share what is about to be undone.
 */
#include <errno.h>

#include "common/error.h"
#include "common/str.h"
#include "journal/giving-back.h"
#include "journal/owners.h"
#include "session/transaction.h"

static bool shares_any(const struct vprep_journal *journal)
{
	size_t i;

	for (i = 0; i < journal->steps.n; i++)
		if (vprep_step_is_shared_claim(&journal->steps.items[i]))
			return true;
	return false;
}

int vprep_shared_find(const struct vprep_owners *owners, const struct vprep_journal *mine,
		      char ***ret)
{
	struct vprep_owned_step at = { 0 };
	_cleanup_strv_ char **shared = NULL;
	int r = 0;

	while (r == 0 && vprep_owners_next(owners, &at))
		if (!streq(at.owner->journal->id, mine->id) &&
		    vprep_step_is_shared_claim(at.step) &&
		    !vprep_journal_releases(at.owner->journal, at.step->device) &&
		    !vprep_strv_has(shared, at.step->device))
			r = vprep_strv_add(&shared, at.step->device);
	if (r == 0)
		*ret = TAKE_PTR(shared);
	return r;
}

struct leaving {
	vprep_claim_filter wanted; /* NULL: all */
	const void *data;
};

static bool is_left(const struct vprep_journal *journal, const struct vprep_step *claim,
		    const void *data)
{
	const struct leaving *leaving = data;

	return vprep_step_is_shared_claim(claim) &&
	       (!leaving->wanted || leaving->wanted(journal, claim, leaving->data));
}

int vprep_shared_leave(struct vprep_transaction *transaction, vprep_claim_filter wanted,
		       const void *data, char ***ret, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	const struct vprep_io *io = transaction->session->io;
	const struct leaving leaving = { wanted, data };
	int r = 0;

	if (!shares_any(transaction->journal))
		return 0;
	if (!transaction->locked)
		r = vprep_store_lock_to_finish(io, &transaction->locked, err);
	if (r < 0)
		return r;
	/* a mark that cannot be written, as on a full disk, keeps nothing from going back
	 */
	vprep_mark_released(transaction->journal, is_left, &leaving);
	r = vprep_owners_read(io, transaction->locked, &owners, err);
	if (r < 0)
		return r;
	r = vprep_shared_find(&owners, transaction->journal, ret);
	return r < 0 ? vprep_error_oom(err) : 0;
}
