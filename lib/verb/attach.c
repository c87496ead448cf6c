// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching devices by name, or for a process a domain's. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "io/child.h"
#include "session/attach-context.h"

/* The owner is that process: when it has ended, recover gives its devices back. */
static int name_process(const struct vprep_session *session, int pid,
			struct vprep_journal_header *header, struct vprep_error *err)
{
	uint64_t start;
	int r = vprep_process_start(session->io, pid, &start);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       "cannot look at process %d: %s", pid,
				       strerror(-r));
	*header = vprep_journal_header_of("run", header->name);
	header->pid = pid;
	header->pid_start = (int64_t)start;
	return 0;
}

VPREP_EXPORT int vprep_attach(struct vprep_session *session,
			      const struct vprep_request *request,
			      struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};
	struct vprep_journal_header header;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0 && request->domain && request->pid <= 0)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				    "a domain's devices are prepared, not attached");
	if (r == 0)
		r = vprep_attach_context_begin(&context, err);
	if (r < 0 || (context.domain && context.domain->devices.n == 0))
		return r;
	header = vprep_journal_header_of("manual", context.id);
	if (request->pid > 0)
		r = name_process(session, request->pid, &header, err);
	return r < 0 ? r : vprep_attach_context_run(&context, &header, err);
}
