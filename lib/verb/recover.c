// SPDX-License-Identifier: GPL-2.0-or-later
/* Finishing or undoing what a crash, a blocked kernel or a dead owner left. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "session/session.h"

/* Seconds, for readers that look at a journal at the moment, and for a killed command
 * whose last child has not closed it yet. */
#define PATIENCE 1

struct recovering {
	struct vprep_session *session;
	struct vprep_recovery *recovery;
	bool dry_run;
};

/* Takes @text. */
static int report(struct recovering *r, const char *owner, bool left, char *text)
{
	struct vprep_recovered *items;
	char *name = strdup(owner);

	items = reallocarray(r->recovery->items, r->recovery->n + 1, sizeof(*items));
	if (items)
		r->recovery->items = items;
	if (!items || !name || !text) {
		free(name);
		free(text);
		return -ENOMEM;
	}
	vprep_str_make_printable(text);
	items[r->recovery->n++] = (struct vprep_recovered){
		.owner = name,
		.left = left,
		.text = text,
	};
	return 0;
}

static const char *what_is_wrong(const struct vprep_session *session,
				 const struct vprep_journal *j)
{
	if (j->of_earlier_boot)
		return "of an earlier boot";
	if (vprep_owner_is_dead(session, j))
		return "its process is gone";
	if (vprep_journal_is_incomplete(j))
		return "its last operation did not finish";
	return NULL;
}

static int put_right(const struct recovering *rec, struct vprep_transaction *t,
		     struct vprep_error *err)
{
	bool all = vprep_owner_is_dead(rec->session, t->journal);
	int r;

	vprep_transaction_unlock(t);
	r = vprep_exec_release(&t->exec, all ? NULL : vprep_claim_is_incomplete, NULL, 0,
			       err);
	return vprep_transaction_end(t, r, err);
}

static int recover_owner(struct recovering *rec, const struct vprep_journal *seen)
{
	struct vprep_transaction t;
	struct vprep_error err;
	const char *why;
	int r;

	if (seen->corrupt) /* opening it tells more */
		why = "corrupt";
	else if (!(why = what_is_wrong(rec->session, seen)))
		return 0;
	else if (seen->busy && rec->dry_run)
		return 0;
	if (rec->dry_run)
		return report(rec, seen->id, seen->corrupt != NULL,
			      seen->corrupt ? strdup(seen->corrupt)
					    : vprep_strf("would be put right: %s", why));
	r = vprep_transaction_begin(rec->session, seen->id, NULL, PATIENCE, &t, &err);
	if (r == -ENOENT) /* that was all: its files are gone */
		return report(rec, seen->id, false, vprep_strf("put right: %s", why));
	if (r == -EAGAIN) /* a command is at work there: that one answers for it */
		return 0;
	if (r < 0)
		return report(rec, seen->id, true, strdup(err.message));
	if (!what_is_wrong(rec->session, t.journal)) /* another command was faster */
		return vprep_transaction_end(&t, 0, NULL) < 0 ? -EIO : 0;
	if (put_right(rec, &t, &err) < 0)
		return report(rec, seen->id, true, strdup(err.message));
	return report(rec, seen->id, false, vprep_strf("put right: %s", why));
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

static int recover_all(struct recovering *rec, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_store *store = NULL;
	int r, unlocked = 0;
	size_t i;

	r = open_store(rec, &store, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = vprep_owners_read(rec->session, store, &owners);
	if (rec->dry_run)
		vprep_store_free(store);
	else
		unlocked = vprep_store_unlock(rec->session->io, store);
	if (r == 0 && unlocked < 0)
		return vprep_error_set(
			err, VPREP_E_LEFT, -unlocked, NULL,
			"cannot remove the empty folder /run/vfio-prep: %s",
			strerror(-unlocked));
	for (i = 0; r == 0 && i < owners.n; i++)
		r = recover_owner(rec, owners.items[i]);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the journals: %s", strerror(-r))
		     : 0;
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
	struct recovering rec = { .session = session, .dry_run = dry_run };
	int r;

	r = vprep_session_may_change(session, err);
	if (r < 0)
		return r;
	rec.recovery = calloc(1, sizeof(*rec.recovery));
	if (!rec.recovery)
		return vprep_error_oom(err);
	r = recover_all(&rec, err);
	if (r < 0) {
		vprep_recovery_free(rec.recovery);
		return r;
	}
	*ret = rec.recovery;
	return judge(rec.recovery, err);
}

VPREP_EXPORT void vprep_recovery_free(struct vprep_recovery *recovery)
{
	size_t i;

	if (!recovery)
		return;
	for (i = 0; i < recovery->n; i++) {
		free((char *)recovery->items[i].owner);
		free((char *)recovery->items[i].text);
	}
	free(recovery->items);
	free(recovery);
}
