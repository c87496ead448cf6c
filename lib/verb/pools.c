// SPDX-License-Identifier: GPL-2.0-or-later
/* The declared names, and what has them. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "session/pools.h"

static int fill_member(struct vprep_pool *pool, const struct vprep_pool_member *from,
		       struct vprep_device_pool_member *to)
{
	to->name = vprep_pool_dup(pool, from->name);
	to->numa_node = from->numa_node;
	to->state = from->state;
	if (from->owner)
		to->owner = vprep_pool_dup(pool, from->owner->text);
	to->why = vprep_pool_dup(pool, from->why);
	return pool->failed ? -ENOMEM : 0;
}

static int fill_pool(struct vprep_pool_look *look, struct vprep_pool *pool,
		     const struct vprep_declared_device *declared,
		     struct vprep_device_pool *to, struct vprep_error *err)
{
	struct vprep_pool_member *members;
	size_t n, i;
	int r;

	r = vprep_pool_members(look, declared, &members, &n, err);
	if (r < 0)
		return r;
	to->name = vprep_pool_dup(pool, declared->name);
	to->file = vprep_pool_printable(pool, declared->file);
	to->devices = vprep_pool_alloc(pool, n + 1, sizeof(*to->devices));
	for (i = 0; r == 0 && to->devices && i < n; i++) {
		r = fill_member(pool, &members[i], &to->devices[i]);
		to->n_free += members[i].state == VPREP_HOST_DEVICE_FREE;
	}
	to->n = n;
	return pool->failed ? vprep_error_oom(err) : 0;
}

static int fill(struct vprep_pool_look *look, struct vprep_pool *pool,
		struct vprep_device_pools *to, struct vprep_error *err)
{
	const struct vprep_declared *declared = look->declared;
	int r;

	to->items = vprep_pool_alloc(pool, declared->n_devices + 1, sizeof(*to->items));
	r = to->items ? vprep_pool_look_begin(look, err) : vprep_error_oom(err);
	for (; r == 0 && to->n < declared->n_devices; to->n++)
		r = fill_pool(look, pool, &declared->devices[to->n], &to->items[to->n],
			      err);
	return r;
}

VPREP_EXPORT int vprep_device_pools(struct vprep_session *session,
				    struct vprep_device_pools **ret,
				    struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_device_pools *pools;
	struct vprep_pool_look look = { .session = session, .owners = &owners };
	struct vprep_pool *pool;
	int r;

	r = vprep_declared_read(session->io, session->config->declared_dirs, &declared,
				err);
	if (r == 0)
		r = vprep_owners_look_if_allowed(session->io, &owners, err);
	if (r < 0)
		return r;
	pools = vprep_pool_result_new(sizeof(*pools), &pool);
	if (!pools)
		return vprep_error_oom(err);
	look.declared = declared;
	r = fill(&look, pool, pools, err);
	vprep_pool_look_done(&look);
	if (r < 0)
		vprep_pool_result_free(pools);
	else
		*ret = pools;
	return r;
}

VPREP_EXPORT void vprep_device_pools_free(struct vprep_device_pools *pools)
{
	vprep_pool_result_free(pools);
}
