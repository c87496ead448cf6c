// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching what a domain's XML asks for. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "verb/fill.h"

/* 1: there is nothing to prepare. */
static int prepare(struct vprep_attach_context *context, struct vprep_error *err)
{
	struct vprep_session *session = context->session;
	struct vprep_journal_header header;
	const struct vprep_domain *domain;
	struct vprep_uuid_text uuid;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0 && !context->request->domain)
		r = vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "no domain XML");
	if (r == 0)
		r = vprep_attach_context_begin(context, err);
	domain = context->domain;
	if (r < 0)
		return r;
	if ((domain->devices.n == 0 && domain->n_vfs == 0) ||
	    session->config->prepare == VPREP_PREPARE_NONE)
		return 1;
	header = vprep_journal_header_of("domain", domain->name);
	if (domain->has_uuid) {
		uuid = vprep_uuid_text(&domain->uuid);
		header.uuid = uuid.s;
	}
	return vprep_attach_context_run(context, &header, err);
}

VPREP_EXPORT int vprep_prepare(struct vprep_session *session,
			       const struct vprep_request *request,
			       struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};
	int r = prepare(&context, err);

	return r < 0 ? r : 0;
}

/* A context whose result is made as soon as all is attached, so that what cannot be told
 * is rolled back. */
struct filling {
	struct vprep_attach_context context;
	struct vprep_filled *filled;
};

static int keep_result(struct vprep_attach_context *context, struct vprep_error *err)
{
	struct filling *filling = (struct filling *)(void *)context;

	return vprep_filled_of(context, &filling->filled, err);
}

VPREP_EXPORT int vprep_prepare_filled(struct vprep_session *session,
				      const struct vprep_request *request,
				      struct vprep_filled **ret, struct vprep_error *err)
{
	struct filling filling = { .context = { .session = session,
						.request = request,
						.fills = true,
						.attached = keep_result } };
	int r = vprep_fill_check(request, err);

	if (r == 0)
		r = prepare(&filling.context, err);
	if (r == 1)
		r = vprep_filled_of(&filling.context, &filling.filled, err);
	vprep_attach_context_done(&filling.context);
	if (r < 0)
		vprep_filled_free(filling.filled);
	else
		*ret = filling.filled;
	return r;
}
