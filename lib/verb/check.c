// SPDX-License-Identifier: GPL-2.0-or-later
/* Every reason why a request cannot be met. */
#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "plan/check.h"
#include "session/attach-context.h"

VPREP_EXPORT int vprep_check(struct vprep_session *session,
			     const struct vprep_request *request,
			     struct vprep_reasons **ret, struct vprep_error *err)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};
	struct vprep_reasons *reasons;
	int r;

	r = vprep_attach_context_peek(&context, err);
	if (r < 0)
		return r;
	reasons = vprep_check_facts(&context.facts, &context.options);
	if (!reasons)
		return vprep_error_oom(err);
	*ret = reasons;
	return 0;
}
