/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is freed together: for a result of many small parts. `failed` latches
 * ENOMEM so that a run of allocations is checked once.
 */
#ifndef VPREP_COMMON_POOL_H
#define VPREP_COMMON_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"

struct vprep_pool {
	void **items;
	size_t n, size;
	bool failed;
};

/* Takes @p, which came from malloc(), and returns it; NULL, which latches, for NULL. */
void *vprep_pool_take(struct vprep_pool *pool, void *p);
/* Zeroed. NULL: out of memory. */
void *vprep_pool_alloc(struct vprep_pool *pool, size_t n, size_t size);
/* A copy of @s. NULL for NULL, or when out of memory. */
char *vprep_pool_dup(struct vprep_pool *pool, const char *s);
/* The same, made printable: for text that came from outside. */
char *vprep_pool_printable(struct vprep_pool *pool, const char *s);
/* A formatted string, as of vprep_strf(). */
#define vprep_pool_strf(pool, ...)                                                       \
	((char *)vprep_pool_take((pool), vprep_strf(__VA_ARGS__)))
/* The array @items, which holds @n items and is in the pool, with room for another one;
 * there is a zeroed item behind that. NULL: out of memory. */
void *vprep_pool_grow(struct vprep_pool *pool, void *items, size_t n, size_t size);
/* Takes a NULL-terminated list with all its strings; NULL, which latches, for NULL. */
char **vprep_pool_take_list(struct vprep_pool *pool, char **list);
void vprep_pool_done(struct vprep_pool *pool);

/* A zeroed result of @size bytes with a pool for its parts, which *@ret_pool is. NULL:
 * out of memory. */
void *vprep_pool_result_new(size_t size, struct vprep_pool **ret_pool);
/* Frees it with its parts. NULL is none. */
void vprep_pool_result_free(void *result);

#define _cleanup_pool_ _cleanup_(vprep_pool_done)

#endif
