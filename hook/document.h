/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XML files that verbs are given. */
#ifndef VPREP_HOOK_DOCUMENT_H
#define VPREP_HOOK_DOCUMENT_H

#include <stddef.h>

#include "vfio-prep.h"

/* All of a file, or of standard input for "-", into *@ret, which the caller frees.
 * Negative errno with @err filled. */
int vprep_document_read(const char *name, char **ret, size_t *ret_len,
			struct vprep_error *err);

#endif
