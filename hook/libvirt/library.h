/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens the library when a domain needs it. For other domains, loading it would cost
 * several times as much as all that the hook does.
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
