/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope-bound release of what a function of the program owns. */
#ifndef VPREP_HOOK_CLEANUP_H
#define VPREP_HOOK_CLEANUP_H

#include <stdlib.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Defines FNp() for an object with a NULL-safe free function FN(). */
#define DEFINE_CLEANUP(type, fn)                                                         \
	static inline void fn##p(type **p)                                               \
	{                                                                                \
		fn(*p);                                                                  \
	}                                                                                \
	struct vprep_hook_dummy_##fn

static inline void vprep_hook_freep(void *p)
{
	free(*(void **)p);
}

#define _cleanup_free_ _cleanup_(vprep_hook_freep)

#endif
