// SPDX-License-Identifier: GPL-2.0-or-later
/* The steps that an attach would take. */
#include "plan/plan.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "session/attach-context.h"

VPREP_EXPORT int vprep_plan(struct vprep_session *session,
			    const struct vprep_request *request, struct vprep_plan **ret,
			    struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	int r;

	r = vprep_attach_context_peek(&context, err);
	if (r == 0)
		r = vprep_attach_context_plan(&context, &steps, err);
	if (r == 0 && vprep_plan_describe(context.id, &steps, ret) < 0)
		r = vprep_error_oom(err);
	return r;
}
