/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that a verb has made, and names on stdout. */
#ifndef VPREP_HOOK_MADE_H
#define VPREP_HOOK_MADE_H

#include "out.h"
#include "vfio-prep.h"

/* Writes the name of what was made; when nobody can read it, the device is removed again
 * and that is an error. */
int vprep_created_write(struct vprep_session *session, struct vprep_out *out,
			const char *name,
			int (*remove)(struct vprep_session *session, const char *name,
				      struct vprep_error *err),
			struct vprep_error *err);

#endif
