// SPDX-License-Identifier: GPL-2.0-or-later
/* The verb list: which node devices there are. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "nodedev/query.h"
#include "session/session.h"

/* NULL: all that there are. */
static int copy(struct vprep_node_filter *to, const struct vprep_node_filter *from,
		struct vprep_error *err)
{
	int r;

	*to = (struct vprep_node_filter){ 0 };
	r = from ? VPREP_INPUT_COPY(to, from, presence, err) : 0;
	return r < 0 ? r : vprep_input_check(to->presence, VPREP_NODE_ANY, err);
}

/* *@declared lives as long as the query. */
static int begin(struct vprep_nodedev_query *q, struct vprep_session *session,
		 const struct vprep_node_filter *filter, bool parents,
		 struct vprep_declared **declared, struct vprep_error *err)
{
	if (filter->presence != VPREP_NODE_ACTIVE)
		vprep_session_declared(session, declared);
	q->declared = *declared;
	return vprep_nodedev_query_begin(q, session->io, filter, parents, err);
}

VPREP_EXPORT int vprep_node_devices(struct vprep_session *session,
				    const struct vprep_node_filter *filter,
				    struct vprep_node_devices **ret,
				    struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	struct vprep_node_filter f;
	int r = copy(&f, filter, err);

	if (r < 0)
		return r;
	r = begin(&q, session, &f, f.parents, &declared, err);
	if (r < 0)
		return r;
	r = vprep_nodedev_query_list(&q, NULL, ret);
	return r < 0 ? vprep_error_oom(err) : 0;
}

VPREP_EXPORT void vprep_node_devices_free(struct vprep_node_devices *list)
{
	vprep_pool_result_free(list);
}

VPREP_EXPORT int vprep_node_devices_count(struct vprep_session *session,
					  const struct vprep_node_filter *filter,
					  size_t *ret, struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	struct vprep_node_filter f;
	size_t i, n = 0;
	int r = copy(&f, filter, err);

	if (r < 0)
		return r;
	r = begin(&q, session, &f, false, &declared, err);
	if (r < 0)
		return r;
	for (i = 0; i < q.index->n; i++) {
		r = vprep_nodedev_query_match(&q, &q.index->items[i]);
		if (r < 0)
			return vprep_error_oom(err);
		n += (size_t)r;
	}
	*ret = n;
	return 0;
}

/* Device by device, so that only the text grows. */
static int add_devices(struct vprep_nodedev_query *q, struct vprep_json to)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < q->index->n; i++) {
		const struct vprep_nodedev_entry *e = &q->index->items[i];

		r = vprep_nodedev_query_match(q, e);
		if (r <= 0)
			continue;
		r = vprep_nodedev_query_json(q, e, to);
		if (r == -ENODEV) /* gone meanwhile */
			r = 0;
	}
	return r < 0 ? r : 0;
}

VPREP_EXPORT int vprep_node_devices_json(struct vprep_session *session,
					 const struct vprep_node_filter *filter,
					 char **ret, struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_node_filter f;
	int r = copy(&f, filter, err);

	if (r < 0)
		return r;
	r = begin(&q, session, &f, true, &declared, err);
	if (r < 0)
		return r;
	r = add_devices(&q, vprep_json_begin_object(&document));
	if (r == 0)
		r = vprep_json_text(&document, VPREP_JSON_PRETTY, ret);
	return r < 0 ? vprep_error_oom(err) : 0;
}
