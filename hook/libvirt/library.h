/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The library, opened only when a domain concerns us: loading it and what it needs costs
 * several times as much as all else that the hook does for other domains.
 */
#ifndef VPREP_HOOK_LIBVIRT_LIBRARY_H
#define VPREP_HOOK_LIBVIRT_LIBRARY_H

#include "common/library.h"
#include "vfio-prep.h"

#define VPREP_FUNCTIONS(X)                                                               \
	X(adopt)                                                                         \
	X(error_exit_status)                                                             \
	X(prepare)                                                                       \
	X(release_domain)                                                                \
	X(session_free)                                                                  \
	X(session_new)

struct vprep_functions {
#define X(name) __typeof__(vprep_##name) *name;
	VPREP_FUNCTIONS(X)
#undef X
};

/* The library stays open until the program ends. -ENOENT: @err says what is missing. */
int vprep_functions_open(struct vprep_functions *ret, struct vprep_error *err);

#endif
