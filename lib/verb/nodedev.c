// SPDX-License-Identifier: GPL-2.0-or-later
/* Node devices for programs: which there are, and what each of them is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "nodedev/nodedev.h"
#include "nodedev/json.h"
#include "session/session.h"
#include "xml/nodedev.h"

/* What is asked for, checked, and the devices among which it is. */
struct query {
	const struct vprep_session *session;
	uint32_t caps;
	const char *bus;
	struct vprep_nodedev_index *index;
	struct vprep_pciids *names;
};

static void query_done(struct query *q)
{
	vprep_nodedev_index_free(q->index);
	vprep_pciids_free(q->names);
}

static int refuse_cap(const char *name, struct vprep_error *err)
{
	int i;

	vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
			"'%.40s' is not a capability; there are", name);
	for (i = 0; i < VPREP_CAPS; i++)
		vprep_error_append(err, "%s %s", i ? "," : "",
				   vprep_cap_name((enum vprep_cap)i));
	return -EINVAL;
}

/* All devices when their parents are wanted, as any may be one. */
static int query_begin(struct query *q, const struct vprep_session *session,
		       const struct vprep_node_filter *filter, bool parents,
		       struct vprep_error *err)
{
	const char *const *name;
	enum vprep_cap cap;
	int r;

	*q = (struct query){ .session = session, .bus = filter ? filter->bus : NULL };
	for (name = filter ? filter->capabilities : NULL; name && *name; name++) {
		if (vprep_cap_parse(*name, &cap) < 0)
			return refuse_cap(*name, err);
		q->caps |= VPREP_CAP_BIT(cap);
	}
	if (q->bus && !vprep_nodedev_is_bus(q->bus))
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       "'%.40s' is not a bus or class with node devices, "
				       "as pci, usb, scsi, net, block and mdev are",
				       q->bus);
	q->caps = q->caps ? q->caps : VPREP_CAP_ALL;
	r = vprep_nodedev_scan(session->io, parents ? VPREP_CAP_ALL : q->caps,
			       parents ? NULL : q->bus, &q->index);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for node devices: %s", strerror(-r));
	return 0;
}

/* 1: it is asked for. */
static int is_match(const struct query *q, const struct vprep_nodedev_entry *e)
{
	if (q->bus && (!e->bus || !streq(e->bus, q->bus)))
		return 0;
	return q->caps == VPREP_CAP_ALL
		       ? 1
		       : vprep_nodedev_has_cap(q->session->io, e, q->caps);
}

static int fill(const struct query *q, const struct vprep_nodedev_entry *e, bool parents,
		struct vprep_node_device *to)
{
	const char *parent = parents ? vprep_nodedev_parent(q->index, e) : NULL;

	to->capability = vprep_cap_name(e->cap);
	to->bus = e->bus;
	to->name = strdup(e->name);
	to->path = e->path ? vprep_strf(VPREP_IO_SYSFS "%s", e->path) : NULL;
	to->parent = parent ? strdup(parent) : NULL;
	return to->name && (to->path || !e->path) && (to->parent || !parent) ? 0
									     : -ENOMEM;
}

static int collect(const struct query *q, bool parents, struct vprep_node_devices **ret)
{
	struct vprep_node_devices *list = calloc(1, sizeof(*list));
	size_t i;
	int r = 0;

	if (list)
		list->items = calloc(q->index->n + 1, sizeof(*list->items));
	if (!list || !list->items)
		r = -ENOMEM;
	for (i = 0; r >= 0 && i < q->index->n; i++) {
		const struct vprep_nodedev_entry *e = &q->index->items[i];

		r = is_match(q, e);
		if (r > 0)
			r = fill(q, e, parents, &list->items[list->n++]);
	}
	if (r < 0) {
		vprep_node_devices_free(list);
		return r;
	}
	*ret = list;
	return 0;
}

VPREP_EXPORT int vprep_node_devices(struct vprep_session *session,
				    const struct vprep_node_filter *filter,
				    struct vprep_node_devices **ret,
				    struct vprep_error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	bool parents = filter && filter->parents;
	int r;

	r = query_begin(&q, session, filter, parents, err);
	if (r < 0)
		return r;
	r = collect(&q, parents, ret);
	return r < 0 ? vprep_error_oom(err) : 0;
}

VPREP_EXPORT void vprep_node_devices_free(struct vprep_node_devices *list)
{
	size_t i;

	if (!list)
		return;
	for (i = 0; list->items && i < list->n; i++) {
		free((char *)list->items[i].name);
		free((char *)list->items[i].path);
		free((char *)list->items[i].parent);
	}
	free(list->items);
	free(list);
}

VPREP_EXPORT int vprep_node_devices_count(struct vprep_session *session,
					  const struct vprep_node_filter *filter,
					  size_t *ret, struct vprep_error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	size_t i, n = 0;
	int r;

	r = query_begin(&q, session, filter, false, err);
	if (r < 0)
		return r;
	for (i = 0; i < q.index->n; i++) {
		r = is_match(&q, &q.index->items[i]);
		if (r < 0)
			return vprep_error_oom(err);
		n += (size_t)r;
	}
	*ret = n;
	return 0;
}

static int find(struct query *q, const struct vprep_session *session, const char *name,
		const struct vprep_nodedev_entry **ret, struct vprep_error *err)
{
	int r;

	r = query_begin(q, session, NULL, true, err);
	if (r < 0)
		return r;
	*ret = vprep_nodedev_find(session->io, q->index, name);
	if (*ret)
		return 0;
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, name,
			       "'%.80s': there is no such node device on this host; "
			       "'vfio-prep list' names those that there are",
			       name);
}

VPREP_EXPORT int vprep_node_device_find(struct vprep_session *session, const char *name,
					struct vprep_node_devices **ret,
					struct vprep_error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	const struct vprep_nodedev_entry *entry = NULL;
	struct vprep_node_devices *list;
	int r;

	r = find(&q, session, name, &entry, err);
	if (r < 0)
		return r;
	list = calloc(1, sizeof(*list));
	if (list)
		list->items = calloc(1, sizeof(*list->items));
	if (!list || !list->items || fill(&q, entry, true, &list->items[list->n++]) < 0) {
		vprep_node_devices_free(list);
		return vprep_error_oom(err);
	}
	*ret = list;
	return 0;
}

/* The list of names is long, so it is read for PCI devices only. */
static int read_device(struct query *q, const struct vprep_nodedev_entry *entry,
		       struct vprep_nodedev **ret)
{
	int r = 0;

	if (entry->cap == VPREP_CAP_PCI && !q->names)
		r = vprep_pciids_new(&q->names);
	if (r < 0 && r != -ELIBACC)
		return r;
	return vprep_nodedev_read(q->session->io, q->index, entry, q->names, ret);
}

static int read_child(struct query *q, const struct vprep_nodedev_entry *entry,
		      enum vprep_cap cap, struct vprep_nodedev **ret)
{
	const struct vprep_nodedev_entry *child =
		vprep_nodedev_child(q->index, entry, cap);
	int r = child ? read_device(q, child, ret) : 0;

	return r == -ENODEV ? 0 : r;
}

static int add_json(struct query *q, const struct vprep_nodedev_entry *entry,
		    const struct vprep_nodedev *d, struct vprep_json list)
{
	_cleanup_(vprep_nodedev_freep) struct vprep_nodedev *storage = NULL;
	_cleanup_(vprep_nodedev_freep) struct vprep_nodedev *generic = NULL;
	struct vprep_nodedev_family family;
	int r = 0;

	if (d->cap == VPREP_CAP_SCSI) {
		r = read_child(q, entry, VPREP_CAP_STORAGE, &storage);
		if (r == 0)
			r = read_child(q, entry, VPREP_CAP_SCSI_GENERIC, &generic);
	}
	if (r < 0)
		return r;
	family = (struct vprep_nodedev_family){ .storage = storage, .generic = generic };
	vprep_nodedev_json(d, &family, list);
	return 0;
}

static int describe(struct query *q, const struct vprep_nodedev_entry *entry,
		    enum vprep_node_format format, char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	_cleanup_(vprep_nodedev_freep) struct vprep_nodedev *d = NULL;
	int r;

	r = read_device(q, entry, &d);
	if (r < 0)
		return r;
	if (format == VPREP_NODE_TEXT)
		return vprep_nodedev_text(d, ret);
	if (format == VPREP_NODE_XML)
		return vprep_nodedev_xml(d, ret);
	r = add_json(q, entry, d, vprep_json_begin_object(&document));
	return r < 0 ? r : vprep_json_text(&document, VPREP_JSON_PRETTY, ret);
}

VPREP_EXPORT int vprep_node_device_describe(struct vprep_session *session,
					    const char *name,
					    enum vprep_node_format format, char **ret,
					    struct vprep_error *err)
{
	_cleanup_(query_done) struct query q = { 0 };
	const struct vprep_nodedev_entry *entry = NULL;
	int r;

	r = find(&q, session, name, &entry, err);
	if (r < 0)
		return r;
	r = describe(&q, entry, format, ret);
	if (r == -ENODEV)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, entry->name,
				       "%s is gone", entry->name);
	return r < 0 ? vprep_error_oom(err) : 0;
}

/* Device by device, so that only the text grows. */
static int list_json(struct query *q, struct vprep_json list)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < q->index->n; i++) {
		_cleanup_(vprep_nodedev_freep) struct vprep_nodedev *d = NULL;
		const struct vprep_nodedev_entry *e = &q->index->items[i];

		r = is_match(q, e);
		if (r <= 0)
			continue;
		r = read_device(q, e, &d);
		if (r == 0)
			r = add_json(q, e, d, list);
		if (r == -ENODEV) /* gone meanwhile */
			r = 0;
	}
	return r < 0 ? r : 0;
}

VPREP_EXPORT int vprep_node_devices_json(struct vprep_session *session,
					 const struct vprep_node_filter *filter,
					 char **ret, struct vprep_error *err)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	_cleanup_(query_done) struct query q = { 0 };
	int r;

	r = query_begin(&q, session, filter, true, err);
	if (r < 0)
		return r;
	r = list_json(&q, vprep_json_begin_object(&document));
	if (r == 0)
		r = vprep_json_text(&document, VPREP_JSON_PRETTY, ret);
	return r < 0 ? vprep_error_oom(err) : 0;
}
