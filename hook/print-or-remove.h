/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of a device that a verb has just made, as its answer. */
#ifndef VPREP_HOOK_PRINT_OR_REMOVE_H
#define VPREP_HOOK_PRINT_OR_REMOVE_H

#include "verb.h"

/* Prints @name at once. When that fails, nobody would know of the device: it is removed
 * again, and that is an error. */
int vprep_print_or_remove(const struct vprep_call *call, const char *name,
			  int (*remove)(struct vprep_session *session, const char *name,
					struct vprep_error *err));

#endif
