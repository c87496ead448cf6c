// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/pool.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"

#define FIRST_SIZE 16

/* Makes room for @more parts. */
static bool reserve(struct vprep_pool *pool, size_t more)
{
	size_t size = pool->size ? pool->size : FIRST_SIZE;
	void **items;

	if (pool->n + more <= pool->size)
		return true;
	while (size < pool->n + more)
		size *= 2;
	items = reallocarray(pool->items, size, sizeof(*items));
	if (!items)
		return false;
	pool->items = items;
	pool->size = size;
	return true;
}

void *vprep_pool_take(struct vprep_pool *pool, void *p)
{
	if (!p || !reserve(pool, 1)) {
		free(p);
		pool->failed = true;
		return NULL;
	}
	pool->items[pool->n++] = p;
	return p;
}

void *vprep_pool_alloc(struct vprep_pool *pool, size_t n, size_t size)
{
	return vprep_pool_take(pool, calloc(n ? n : 1, size));
}

char *vprep_pool_dup(struct vprep_pool *pool, const char *s)
{
	return s ? vprep_pool_take(pool, strdup(s)) : NULL;
}

char *vprep_pool_printable(struct vprep_pool *pool, const char *s)
{
	char *copy = vprep_pool_dup(pool, s);

	if (copy)
		vprep_str_make_printable(copy);
	return copy;
}

void *vprep_pool_grow(struct vprep_pool *pool, void *items, size_t n, size_t size)
{
	void *grown;

	if ((n & (n + 1)) != 0) /* the room is 2, 4, 8… */
		return items;
	grown = vprep_pool_alloc(pool, 2 * (n + 1), size);
	if (grown && n > 0)
		memcpy(grown, items, n * size);
	return grown;
}

char **vprep_pool_take_list(struct vprep_pool *pool, char **list)
{
	size_t i, n = vprep_strv_len(list);

	if (!list || !reserve(pool, n + 1)) {
		vprep_strv_free(list);
		pool->failed = true;
		return NULL;
	}
	for (i = 0; i < n; i++)
		pool->items[pool->n++] = list[i];
	pool->items[pool->n++] = list;
	return list;
}

void vprep_pool_done(struct vprep_pool *pool)
{
	size_t i;

	for (i = 0; i < pool->n; i++)
		free(pool->items[i]);
	free(pool->items);
	*pool = (struct vprep_pool){ 0 };
}

struct result {
	struct vprep_pool pool;
	max_align_t data[]; /* what the caller has */
};

void *vprep_pool_result_new(size_t size, struct vprep_pool **ret_pool)
{
	struct result *result = calloc(1, sizeof(*result) + size);

	if (!result)
		return NULL;
	*ret_pool = &result->pool;
	return result->data;
}

void vprep_pool_result_free(void *data)
{
	struct result *result;

	if (!data)
		return;
	result = (void *)((char *)data - offsetof(struct result, data));
	vprep_pool_done(&result->pool);
	free(result);
}
