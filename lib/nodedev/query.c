// SPDX-License-Identifier: GPL-2.0-or-later
#include "nodedev/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "nodedev/kind.h"

#define ALL_STATES (VPREP_NODEDEV_ACTIVE | VPREP_NODEDEV_INACTIVE)

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

static unsigned states_of(const struct vprep_node_filter *filter)
{
	static const unsigned states[] = {
		[VPREP_NODE_ACTIVE] = VPREP_NODEDEV_ACTIVE,
		[VPREP_NODE_INACTIVE] = VPREP_NODEDEV_INACTIVE,
		[VPREP_NODE_ANY] = ALL_STATES,
	};

	return states[filter->presence];
}

int vprep_nodedev_query_begin(struct vprep_nodedev_query *q, const struct vprep_io *io,
			      const struct vprep_node_filter *filter, bool parents,
			      struct vprep_error *err)
{
	const char *const *name;
	enum vprep_cap cap;
	unsigned states;
	int r;

	*q = (struct vprep_nodedev_query){
		.declared = q->declared,
		.io = io,
		.states = filter ? states_of(filter) : VPREP_NODEDEV_ACTIVE,
		.bus = filter ? filter->bus : NULL,
		.parents = parents,
	};
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
	states = parents ? q->states | VPREP_NODEDEV_ACTIVE : q->states;
	r = vprep_nodedev_scan(io, q->declared, parents ? VPREP_CAP_ALL : q->caps,
			       parents ? NULL : q->bus, states, &q->index);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for node devices: %s", strerror(-r));
	return 0;
}

int vprep_nodedev_query_find(struct vprep_nodedev_query *q, const struct vprep_io *io,
			     const char *name, const struct vprep_nodedev_entry **ret,
			     struct vprep_error *err)
{
	const struct vprep_node_filter all = { .presence = VPREP_NODE_ANY };
	int r;

	r = vprep_nodedev_query_begin(q, io, &all, true, err);
	if (r < 0)
		return r;
	*ret = vprep_nodedev_find(io, q->index, name);
	if (*ret)
		return 0;
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, name,
			       "'%.80s': there is no such node device on this host; "
			       "'vfio-prep list' names those that there are",
			       name);
}

void vprep_nodedev_query_done(struct vprep_nodedev_query *q)
{
	vprep_nodedev_index_free(q->index);
	vprep_pciids_free(q->names);
}

int vprep_nodedev_query_match(const struct vprep_nodedev_query *q,
			      const struct vprep_nodedev_entry *e)
{
	unsigned state = e->definition ? VPREP_NODEDEV_INACTIVE : VPREP_NODEDEV_ACTIVE;

	if (!(q->states & state) || (q->bus && (!e->bus || !streq(e->bus, q->bus))))
		return 0;
	return q->caps == VPREP_CAP_ALL ? 1 : vprep_nodedev_has_cap(q->io, e, q->caps);
}

/* The list of names is long, so it is read only for devices that are in it. */
static int open_device(struct vprep_nodedev_query *q, const struct vprep_nodedev_entry *e,
		       struct vprep_nodedev_reader *r, struct vprep_pool *pool)
{
	int n = 0;

	if (vprep_nodedev_kinds[e->cap]->has_pci_names && !q->names)
		n = vprep_pciids_new(&q->names);
	if (n == 0 || n == -ELIBACC)
		n = vprep_reader_open(r, q->io, q->index, e, pool);
	r->names = q->names;
	return n;
}

int vprep_nodedev_query_json(struct vprep_nodedev_query *q,
			     const struct vprep_nodedev_entry *e, struct vprep_json to)
{
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader reader = { 0 };
	_cleanup_pool_ struct vprep_pool pool = { 0 };
	int r = open_device(q, e, &reader, &pool);

	if (r < 0)
		return r;
	vprep_nodedev_json(&reader, to);
	return pool.failed ? -ENOMEM : 0;
}

int vprep_nodedev_query_brief(struct vprep_nodedev_query *q,
			      const struct vprep_nodedev_entry *e,
			      struct vprep_pool *pool, const char **ret)
{
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader reader = { 0 };
	const struct vprep_nodedev_kind *kind = vprep_nodedev_kinds[e->cap];
	int r = open_device(q, e, &reader, pool);

	if (r < 0)
		return r;
	*ret = kind->brief ? kind->brief(&reader) : NULL;
	return pool->failed ? -ENOMEM : 0;
}

static int json_text(struct vprep_nodedev_query *q, const struct vprep_nodedev_entry *e,
		     char **ret)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	int r = vprep_nodedev_query_json(q, e, vprep_json_begin_object(&document));

	return r < 0 ? r : vprep_json_text(&document, VPREP_JSON_PRETTY, ret);
}

int vprep_nodedev_query_describe(struct vprep_nodedev_query *q,
				 const struct vprep_nodedev_entry *e,
				 enum vprep_node_format format, char **ret)
{
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader reader = { 0 };
	_cleanup_pool_ struct vprep_pool pool = { 0 };
	_cleanup_free_ char *text = NULL;
	int r;

	if (format == VPREP_NODE_JSON)
		return json_text(q, e, ret);
	r = open_device(q, e, &reader, &pool);
	if (r == 0)
		r = format == VPREP_NODE_XML ? vprep_nodedev_xml(&reader, &text)
					     : vprep_nodedev_text(&reader, &text);
	if (r == 0 && pool.failed)
		r = -ENOMEM;
	if (r == 0)
		*ret = TAKE_PTR(text);
	return r;
}

static struct vprep_node_device describe(const struct vprep_nodedev_query *q,
					 const struct vprep_nodedev_entry *e,
					 struct vprep_pool *pool)
{
	const char *parent = q->parents ? vprep_nodedev_parent(q->index, e) : NULL;

	return (struct vprep_node_device){
		.name = vprep_pool_dup(pool, e->name),
		.parent = vprep_pool_dup(pool, parent),
		.capability = vprep_cap_name(e->cap),
		.bus = e->bus,
		.path = e->path ? vprep_pool_strf(pool, VPREP_IO_SYSFS "%s", e->path)
				: NULL,
		.is_inactive = e->definition,
		.defined_by = e->definition ? e->definition->by : NULL,
	};
}

int vprep_nodedev_query_list(const struct vprep_nodedev_query *q,
			     const struct vprep_nodedev_entry *only,
			     struct vprep_node_devices **ret)
{
	struct vprep_pool *pool;
	struct vprep_node_devices *list = vprep_pool_result_new(sizeof(*list), &pool);
	int r = list ? 0 : -ENOMEM;
	size_t i;

	if (list)
		list->items = vprep_pool_alloc(pool, q->index->n, sizeof(*list->items));
	for (i = 0; r >= 0 && list->items && i < q->index->n; i++) {
		const struct vprep_nodedev_entry *e = &q->index->items[i];

		r = only ? e == only : vprep_nodedev_query_match(q, e);
		if (r > 0)
			list->items[list->n++] = describe(q, e, pool);
	}
	if (r < 0 || pool->failed) {
		vprep_pool_result_free(list);
		return -ENOMEM;
	}
	*ret = list;
	return 0;
}
