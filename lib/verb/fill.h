/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VPREP_VERB_FILL_H
#define VPREP_VERB_FILL_H

#include "session/attach-context.h"

/* Refuses what is no text to be edited. */
int vprep_fill_check(const struct vprep_request *request, struct vprep_error *err);

/* What was chosen for the domain of a context, and its document with it. -ENOMEM. */
int vprep_filled_of(const struct vprep_attach_context *context, struct vprep_filled **ret,
		    struct vprep_error *err);

#endif
