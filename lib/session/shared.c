// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices that several owners share. Each of them has the same steps in its journal. Who
 * gives such a device back while another one keeps it undoes nothing; the last one undoes
 * what was done for the first.
 */
#include <errno.h>

#include "common/error.h"
#include "common/str.h"
#include "journal/owners.h"
#include "session/transaction.h"

static bool is_given_back(const struct vprep_journal *journal, const char *device)
{
	size_t i;

	for (i = 0; i < journal->steps.n; i++)
		if (vprep_step_is_release(&journal->steps.items[i]) &&
		    vprep_step_is_live(&journal->steps.items[i]) &&
		    streq(journal->steps.items[i].device, device))
			return true;
	return false;
}

static bool shares_any(const struct vprep_journal *journal)
{
	size_t i;

	for (i = 0; i < journal->steps.n; i++)
		if (vprep_step_is_shared_claim(&journal->steps.items[i]))
			return true;
	return false;
}

/* The devices that others claim as shared, and are not giving back. */
static int find(const struct vprep_owners *owners, const struct vprep_journal *mine,
		char ***ret)
{
	struct vprep_owned_step at = { 0 };
	int r = 0;

	while (r == 0 && vprep_owners_next(owners, &at))
		if (!streq(at.owner->journal->id, mine->id) &&
		    vprep_step_is_shared_claim(at.step) &&
		    !is_given_back(at.owner->journal, at.step->device) &&
		    !vprep_strv_has(*ret, at.step->device))
			r = vprep_strv_add(ret, at.step->device);
	return r;
}

int vprep_shared_find(const struct vprep_transaction *transaction, char ***ret,
		      struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	_cleanup_strv_ char **shared = NULL;
	int r;

	if (!shares_any(transaction->journal))
		return 0;
	r = vprep_owners_look(transaction->session->io, &owners, err);
	if (r < 0)
		return r;
	if (find(&owners, transaction->journal, &shared) < 0)
		return vprep_error_oom(err);
	*ret = TAKE_PTR(shared);
	return 0;
}
