// SPDX-License-Identifier: GPL-2.0-or-later
/* Noting which process runs a domain that holds devices. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "host/process.h"
#include "session/attach-context.h"
#include "session/transaction.h"

static int note_process(struct vprep_session *session, const char *id, pid_t pid,
			uint64_t start, struct vprep_error *err)
{
	struct vprep_transaction transaction;
	int r;

	r = vprep_transaction_begin(session, id, NULL,
				    session->config->deadlines[VPREP_DEADLINE_BIND],
				    &transaction, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = vprep_journal_set_process(transaction.locked, transaction.journal, pid,
				      start);
	if (r < 0)
		vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				"cannot write the journal of '%.60s': %s", id,
				strerror(-r));
	return vprep_transaction_end(&transaction, r, err);
}

VPREP_EXPORT int vprep_adopt(struct vprep_session *session, const char *xml, size_t len,
			     struct vprep_error *err)
{
	_cleanup_free_ char *id = NULL;
	uint64_t start;
	pid_t pid;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_domain_owner_of_xml(xml, len, &id, err);
	if (r < 0)
		return r;
	r = vprep_process_of_guest(session->io, id, &pid, &start);
	if (r == -ESRCH || r == -ENOTUNIQ)
		return 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for the process of '%.60s': %s", id,
				       strerror(-r));
	return note_process(session, id, pid, start, err);
}
