// SPDX-License-Identifier: GPL-2.0-or-later
/* The types of mediated devices that can be made on this host. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/export.h"
#include "common/pool.h"
#include "common/str.h"
#include "host/mdev.h"
#include "session/session.h"

/* A text on one line. */
static const char *copy_line(struct vprep_pool *pool, const char *from)
{
	char *text = vprep_pool_dup(pool, from);
	char *newline;

	while (text && (newline = strchr(text, '\n')))
		*newline = ' ';
	if (text)
		vprep_str_make_printable(text);
	return text;
}

static void fill_type(struct vprep_pool *pool, const struct vprep_mdev_parent *parent,
		      const struct vprep_mdev_type_facts *from,
		      struct vprep_mdev_type *to)
{
	size_t n = vprep_strv_len(from->instances), i;

	to->parent = copy_line(pool, parent->name);
	to->type = copy_line(pool, from->id);
	to->name = copy_line(pool, from->name);
	to->description = copy_line(pool, from->description);
	to->device_api = copy_line(pool, from->api);
	to->available = from->available;
	to->vgpu = parent->is_vgpu;
	to->instances = vprep_pool_alloc(pool, n, sizeof(*to->instances));
	for (i = 0; to->instances && i < n; i++)
		to->instances[to->n_instances++] = copy_line(pool, from->instances[i]);
}

static void fill_types(struct vprep_pool *pool, const struct vprep_mdev_parents *parents,
		       struct vprep_mdev_types *types)
{
	size_t i, k, n = 0;

	for (i = 0; i < parents->n; i++)
		n += parents->items[i].n_types;
	types->items = vprep_pool_alloc(pool, n, sizeof(*types->items));
	for (i = 0; types->items && i < parents->n; i++)
		for (k = 0; k < parents->items[i].n_types; k++)
			fill_type(pool, &parents->items[i], &parents->items[i].types[k],
				  &types->items[types->n++]);
}

VPREP_EXPORT int vprep_mdev_types(struct vprep_session *session,
				  struct vprep_mdev_types **ret, struct vprep_error *err)
{
	struct vprep_mdev_parents parents = { 0 };
	struct vprep_pool *pool;
	struct vprep_mdev_types *types = vprep_pool_result_new(sizeof(*types), &pool);
	int r;

	r = types ? vprep_mdev_parents_read(session->io, &parents) : -ENOMEM;
	if (r == 0)
		fill_types(pool, &parents, types);
	vprep_mdev_parents_done(&parents);
	if (r == 0 && pool->failed)
		r = -ENOMEM;
	if (r < 0) {
		vprep_mdev_types_free(types);
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot read the types of mediated devices: %s",
				       strerror(-r));
	}
	*ret = types;
	return 0;
}

VPREP_EXPORT void vprep_mdev_types_free(struct vprep_mdev_types *types)
{
	vprep_pool_result_free(types);
}
