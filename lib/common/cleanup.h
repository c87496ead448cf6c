/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope-bound release of what a function owns. Owners start as NULL or -1. */
#ifndef VPREP_COMMON_CLEANUP_H
#define VPREP_COMMON_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/array.h"

#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define TAKE_PTR(p)                                                                      \
	({                                                                               \
		__typeof__(p) _taken = (p);                                              \
		(p) = NULL;                                                              \
		_taken;                                                                  \
	})

#define TAKE_STRUCT(s)                                                                   \
	({                                                                               \
		__typeof__(s) _taken = (s);                                              \
		(s) = (__typeof__(s)){ 0 };                                              \
		_taken;                                                                  \
	})

#define TAKE_FD(fd)                                                                      \
	({                                                                               \
		int _taken = (fd);                                                       \
		(fd) = -1;                                                               \
		_taken;                                                                  \
	})

/* Defines FNp() for an object with a NULL-safe free function FN(). */
#define DEFINE_CLEANUP(type, fn)                                                         \
	static inline void fn##p(type **p)                                               \
	{                                                                                \
		fn(*p);                                                                  \
	}                                                                                \
	struct vprep_dummy_##fn

static inline void vprep_freep(void *p)
{
	free(*(void **)p);
}

static inline void vprep_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void vprep_closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static inline void vprep_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_ _cleanup_(vprep_freep)
#define _cleanup_close_ _cleanup_(vprep_closep)
#define _cleanup_closedir_ _cleanup_(vprep_closedirp)
#define _cleanup_fclose_ _cleanup_(vprep_fclosep)

#endif
