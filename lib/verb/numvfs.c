// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The administrator's number of VFs: a change for good, so that the journal has it only
 * while it is under way. Until the last record is written it is rolled back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "host/sriov.h"
#include "session/sriov.h"

#define KIND "numvfs"

struct watching {
	const struct vprep_session *session;
	const struct vprep_sriov_request *vfs;
	struct vprep_pci_text pf;
	unsigned last;
};

/* Asked now and then while the kernel works. */
static bool watch(void *data)
{
	struct watching *w = data;
	unsigned now = vprep_pf_count_vfs(w->session->io, w->pf.s);

	if (w->vfs->progress && now != w->last)
		w->vfs->progress(w->vfs->progress_data, now);
	w->last = now;
	return vprep_session_is_interrupted(w->session);
}

static void tell(const struct vprep_transaction *t, struct vprep_pci_address address,
		 bool changed, int64_t was)
{
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { 0 };
	char before[40] = "";

	if (vprep_pf_read(t->session->io, address, &pf) < 0)
		return;
	if (changed)
		snprintf(before, sizeof(before), " (before: %d)", (int)was);
	if (pf.n_vfs == 0)
		vprep_step_log(&t->exec, VPREP_LOG_NOTICE, "%s %s no VFs%s",
			       pf.device->text.s, changed ? "has" : "has already",
			       before);
	else
		vprep_step_log(&t->exec, VPREP_LOG_NOTICE, "%s %s %zu VF%s%s: %s%s%s",
			       pf.device->text.s, changed ? "has" : "has already",
			       pf.n_vfs, pf.n_vfs > 1 ? "s" : "", before,
			       pf.vfs[0]->text.s, pf.n_vfs > 1 ? " to " : "",
			       pf.n_vfs > 1 ? pf.vfs[pf.n_vfs - 1]->text.s : "");
}

static int make(struct vprep_transaction *t, struct watching *w, size_t first,
		struct vprep_error *err)
{
	int r;

	t->exec.interrupted = watch;
	t->exec.interrupted_data = w;
	r = vprep_exec_do_but_claims(&t->exec, first, err);
	t->exec.interrupted = w->session->interrupted;
	t->exec.interrupted_data = w->session->interrupted_data;
	if (r == 0 && vprep_session_is_interrupted(w->session))
		r = vprep_error_set(
			err, VPREP_E_FAILED, EINTR, w->pf.s,
			"interrupted by a signal; everything was rolled back");
	if (r == 0)
		return vprep_transaction_keep(
			t, first, "makes as many VFs as there were before", err);
	vprep_transaction_roll_back(t, first, err);
	return r;
}

static int change_locked(struct vprep_transaction *t,
			 const struct vprep_sriov_change *change, struct watching *w,
			 struct vprep_error *err)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	int64_t was = 0;
	size_t first;
	int r;

	r = vprep_transaction_repair(t, err);
	if (r == 0)
		r = vprep_sriov_plan(t, change, &steps, err);
	if (r < 0)
		return r;
	if (steps.n == 0) {
		tell(t, change->pf, false, was);
		return 0;
	}
	was = vprep_step_number(&steps.items[steps.n - 1], "was_vfs");
	r = vprep_transaction_begin_steps(t, &steps, &first, err);
	if (r < 0)
		return r;
	vprep_transaction_unlock(t);
	r = make(t, w, first, err);
	if (r == 0)
		tell(t, change->pf, true, was);
	return r;
}

VPREP_EXPORT int vprep_numvfs(struct vprep_session *session,
			      const struct vprep_sriov_request *vfs,
			      struct vprep_error *err)
{
	struct vprep_sriov_change change = { .count = vfs->count, .force = vfs->force };
	struct watching w = { .session = session, .vfs = vfs };
	char id[sizeof(KIND ":") + sizeof(w.pf.s)];
	struct vprep_journal_header header;
	struct vprep_transaction t;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_sriov_find_pf(session, vfs->pf, &change.pf, err);
	if (r < 0)
		return r;
	w.pf = vprep_pci_address_text(change.pf);
	w.last = vprep_pf_count_vfs(session->io, w.pf.s);
	snprintf(id, sizeof(id), KIND ":%s", w.pf.s);
	vprep_journal_header_init(&header);
	header.kind = (char *)(uintptr_t)KIND;
	header.name = w.pf.s;
	r = vprep_transaction_begin(session, id, &header,
				    session->config->deadlines[VPREP_DEADLINE_NUMVFS], &t,
				    err);
	if (r < 0)
		return r;
	r = change_locked(&t, &change, &w, err);
	return vprep_transaction_end(&t, r, err);
}
