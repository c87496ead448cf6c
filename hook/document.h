/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the XML files that the programs are given. */
#ifndef VPREP_HOOK_DOCUMENT_H
#define VPREP_HOOK_DOCUMENT_H

#include <stddef.h>

#include "vfio-prep.h"

/* Reads a whole file, or standard input for "-", into *@ret, which the caller frees.
 * Negative errno with @err filled. */
int vprep_document_read(const char *name, char **ret, size_t *ret_len,
			struct vprep_error *err);

#endif
