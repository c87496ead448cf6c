// SPDX-License-Identifier: GPL-2.0-or-later
/* The verb show: everything about one node device. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "device/alias.h"
#include "nodedev/query.h"
#include "session/session.h"

/* By a name of a node device, or one that the other verbs take. *@declared lives as long
 * as the query. */
static int find(struct vprep_nodedev_query *q, struct vprep_session *session,
		const char *name, struct vprep_declared **declared,
		const struct vprep_nodedev_entry **ret, struct vprep_error *err)
{
	_cleanup_free_ char *alias = NULL;
	int r;

	vprep_session_declared(session, declared);
	q->declared = *declared;
	r = vprep_nodedev_query_find(q, session->io, name, ret, err);
	if (r != -ENODEV || vprep_device_alias(session->io, name, &alias, NULL) < 0)
		return r;
	*ret = vprep_nodedev_find(session->io, q->index, alias);
	return *ret ? 0 : r;
}

VPREP_EXPORT int vprep_node_device_find(struct vprep_session *session, const char *name,
					struct vprep_node_devices **ret,
					struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	const struct vprep_nodedev_entry *entry;
	int r;

	r = find(&q, session, name, &declared, &entry, err);
	if (r < 0)
		return r;
	r = vprep_nodedev_query_list(&q, entry, ret);
	return r < 0 ? vprep_error_oom(err) : 0;
}

VPREP_EXPORT int vprep_node_device_describe(struct vprep_session *session,
					    const char *name,
					    enum vprep_node_format format, char **ret,
					    struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query q = { 0 };
	const struct vprep_nodedev_entry *entry = NULL;
	int r;

	r = vprep_input_check(format, VPREP_NODE_JSON, err);
	if (r == 0)
		r = find(&q, session, name, &declared, &entry, err);
	if (r < 0)
		return r;
	r = vprep_nodedev_query_describe(&q, entry, format, ret);
	if (r == -ENODEV)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, entry->name,
				       "%s is gone", entry->name);
	return r < 0 ? vprep_error_oom(err) : 0;
}
