// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The administrator's number of VFs: a change for good, so that the journal has it only
 * while it is under way. Until the last record is written it is rolled back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/export.h"
#include "host/sriov.h"
#include "session/changes.h"
#include "session/sriov.h"

#define KIND "numvfs"

struct numvfs {
	const struct vprep_session *session;
	struct vprep_sriov_request request;
	struct vprep_sriov_change change;
	struct vprep_pci_text pf;
	unsigned last; /* number of VFs that was told */
	int64_t was;   /* before the change; -1: nothing was to be changed */
};

/* Asked now and then while the kernel works. */
static bool watch(void *data)
{
	struct numvfs *numvfs = data;
	const struct vprep_sriov_request *request = &numvfs->request;
	unsigned now = vprep_pf_count_vfs(numvfs->session->io, numvfs->pf.s);

	if (request->progress && now != numvfs->last)
		request->progress(request->progress_data, now);
	numvfs->last = now;
	return vprep_session_is_interrupted(numvfs->session);
}

static int plan(struct vprep_transaction *transaction, const struct vprep_store *locked,
		void *data, struct vprep_steps *ret, struct vprep_error *err)
{
	struct numvfs *numvfs = data;
	int r = vprep_sriov_plan(transaction, locked, &numvfs->change, ret, err);

	if (r == 0 && ret->n > 0)
		numvfs->was = vprep_step_number(&ret->items[ret->n - 1], "was_vfs");
	transaction->context.interrupted = watch;
	transaction->context.interrupted_data = numvfs;
	return r;
}

static void log_result(struct vprep_session *session, const struct numvfs *numvfs)
{
	_cleanup_(vprep_pf_done) struct vprep_pf pf = { 0 };
	const char *has = numvfs->was >= 0 ? "has" : "has already";
	char before[40] = "";

	if (vprep_pf_read(numvfs->session->io, numvfs->change.pf, &pf) < 0)
		return;
	vprep_changes_note_vfs(session, pf.device->text.s,
			       numvfs->was >= 0 ? (int)numvfs->was : (int)pf.n_vfs,
			       (int)pf.n_vfs);
	if (numvfs->was >= 0)
		snprintf(before, sizeof(before), " (before: %d)", (int)numvfs->was);
	if (pf.n_vfs == 0)
		vprep_session_log(numvfs->session, VPREP_LOG_NOTICE, "%s %s no VFs%s",
				  pf.device->text.s, has, before);
	else
		vprep_session_log(numvfs->session, VPREP_LOG_NOTICE,
				  "%s %s %zu VF%s%s: %s%s%s", pf.device->text.s, has,
				  pf.n_vfs, pf.n_vfs > 1 ? "s" : "", before,
				  pf.vfs[0]->text.s, pf.n_vfs > 1 ? " to " : "",
				  pf.n_vfs > 1 ? pf.vfs[pf.n_vfs - 1]->text.s : "");
}

VPREP_EXPORT int vprep_numvfs(struct vprep_session *session,
			      const struct vprep_sriov_request *request,
			      struct vprep_error *err)
{
	static const struct vprep_transaction_stage stage = {
		.plan = plan, .carry_out = vprep_exec_do_but_claims
	};
	struct numvfs numvfs = {
		.session = session,
		.was = -1,
	};
	char id[sizeof(KIND ":") + sizeof(numvfs.pf.s)];
	struct vprep_journal_header header;
	const struct vprep_transaction_work work = {
		.id = id,
		.header = &header,
		.patience = VPREP_DEADLINE_NUMVFS,
		.stages = &stage,
		.n_stages = 1,
		.keep = "makes as many VFs as there were before",
		.data = &numvfs,
	};
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = VPREP_INPUT_COPY(&numvfs.request, request, progress_data, err);
	if (r == 0)
		r = vprep_sriov_find_pf(session, numvfs.request.pf, &numvfs.change.pf,
					err);
	if (r < 0)
		return r;
	numvfs.change.count = numvfs.request.count;
	numvfs.change.force = numvfs.request.force;
	numvfs.pf = vprep_pci_address_text(numvfs.change.pf);
	numvfs.last = vprep_pf_count_vfs(session->io, numvfs.pf.s);
	snprintf(id, sizeof(id), KIND ":%s", numvfs.pf.s);
	header = vprep_journal_header_of(KIND, numvfs.pf.s);
	r = vprep_transaction_run(session, &work, err);
	if (r == 0)
		log_result(session, &numvfs);
	return r;
}
