/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow by one item at a time. */
#ifndef VPREP_COMMON_ARRAY_H
#define VPREP_COMMON_ARRAY_H

#include <stdlib.h>
#include <string.h>

#define VPREP_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Adds a zeroed item to the array @items, which holds @n items and came from malloc() or
 * is NULL. Both are changed; the result is a pointer to the new item. NULL: out of
 * memory, and nothing has changed.
 *
 *	struct thing *thing = vprep_array_add(list->things, list->n_things);
 */
#define vprep_array_add(items, n)                                                        \
	({                                                                               \
		__typeof__(items) _new =                                                 \
			reallocarray((items), (size_t)(n) + 1, sizeof(*(items)));        \
		if (_new) {                                                              \
			(items) = _new;                                                  \
			_new += (n)++;                                                   \
			memset(_new, 0, sizeof(*_new));                                  \
		}                                                                        \
		_new;                                                                    \
	})

#endif
