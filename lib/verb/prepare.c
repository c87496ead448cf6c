// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching what a domain's XML asks for. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "session/attach-context.h"

VPREP_EXPORT int vprep_prepare(struct vprep_session *session,
			       const struct vprep_request *request,
			       struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};
	struct vprep_journal_header header;
	const struct vprep_domain *domain;
	struct vprep_uuid_text uuid;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0 && !request->domain)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "no domain XML");
	if (r == 0)
		r = vprep_attach_context_begin(&context, err);
	domain = context.domain;
	if (r < 0 || (domain->devices.n == 0 && domain->n_vfs == 0) ||
	    session->config->prepare == VPREP_PREPARE_NONE)
		return r;
	header = vprep_journal_header_of("domain", domain->name);
	if (domain->has_uuid) {
		uuid = vprep_uuid_text(&domain->uuid);
		header.uuid = uuid.s;
	}
	return vprep_attach_context_run(&context, &header, err);
}
