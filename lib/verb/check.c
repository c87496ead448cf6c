// SPDX-License-Identifier: GPL-2.0-or-later
/* Every reason why a request cannot be met. */
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "plan/check.h"
#include "session/attach-context.h"

static int check(struct vprep_session *session, const struct vprep_request *request,
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

/* Several names, and nothing wrong with the rest of the request. */
static bool has_names(struct vprep_session *session, const struct vprep_request *request)
{
	_cleanup_(vprep_attach_context_done) struct vprep_attach_context context = {
		.session = session, .request = request
	};

	return request->names && request->names[0] && request->names[1] &&
	       vprep_attach_context_begin(&context, NULL) == 0;
}

/* Adds why a name alone is no device that there is; else it is one of the @devices. */
static int check_name(struct vprep_session *session, const struct vprep_request *request,
		      const char *name, struct vprep_reasons *to, struct vprep_pool *pool,
		      const char **devices, struct vprep_error *err)
{
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons = NULL;
	const char *const names[] = { name, NULL };
	struct vprep_request one = *request;
	struct vprep_error why = { 0 };
	int r;

	one.names = names;
	r = check(session, &one, &reasons, &why);
	if (r == -ENOMEM)
		return vprep_error_oom(err);
	if (r < 0)
		vprep_reasons_add(to, pool, why.code, name, NULL, "%s", why.message);
	for (; r == 0 && *devices; devices++)
		;
	if (r == 0)
		*devices = name;
	return 0;
}

static int add_all(struct vprep_reasons *to, struct vprep_pool *pool,
		   const struct vprep_reasons *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		vprep_reasons_add(to, pool, from->items[i].code, from->items[i].device,
				  from->items[i].fix, "%s", from->items[i].message);
	return pool->failed ? -ENOMEM : 0;
}

/* Each name by itself, and those that are devices together. */
static int check_each(struct vprep_session *session, const struct vprep_request *request,
		      struct vprep_reasons **ret, struct vprep_error *err)
{
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *rest = NULL, *all = NULL;
	struct vprep_request good = *request;
	_cleanup_free_ const char **devices = NULL;
	struct vprep_pool *pool;
	size_t i, n = 0;
	int r = 0;

	while (request->names[n])
		n++;
	devices = calloc(n + 1, sizeof(*devices));
	all = vprep_pool_result_new(sizeof(*all), &pool);
	if (!devices || !all)
		return vprep_error_oom(err);
	for (i = 0; r == 0 && i < n; i++)
		r = check_name(session, request, request->names[i], all, pool, devices,
			       err);
	good.names = devices;
	if (r == 0 && devices[0])
		r = check(session, &good, &rest, err);
	if (r < 0)
		return r;
	if ((rest && add_all(all, pool, rest) < 0) || pool->failed)
		return vprep_error_oom(err);
	*ret = TAKE_PTR(all);
	return 0;
}

VPREP_EXPORT int vprep_check(struct vprep_session *session,
			     const struct vprep_request *request,
			     struct vprep_reasons **ret, struct vprep_error *err)
{
	struct vprep_request asked;
	int r = VPREP_INPUT_COPY(&asked, request, wait, err);

	if (r < 0)
		return r;
	r = check(session, &asked, ret, err);
	/* what is no device is a reason, too, where there are others to be looked at */
	return r < 0 && r != -ENOMEM && has_names(session, &asked)
		       ? check_each(session, &asked, ret, err)
		       : r;
}
