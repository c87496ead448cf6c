/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdevctl's definitions: /etc/mdevctl.d/PARENT/UUID. */
#ifndef VPREP_HOST_MDEVCTL_H
#define VPREP_HOST_MDEVCTL_H

#include "io/io.h"
#include "vfio-prep.h"

struct vprep_mdevctl {
	char *parent;
	char *type;
	char *settings; /* "ATTRIBUTE=VALUE" lines in their order; NULL: none */
};

void vprep_mdevctl_done(struct vprep_mdevctl *definition);

/* What mdevctl would start under that UUID. -ENOENT: it knows none; -EBADMSG a definition
 * that cannot be used, or several; others from reading. @err is filled but for -ENOENT. */
int vprep_mdevctl_find(const struct vprep_io *io, const char *uuid,
		       struct vprep_mdevctl *ret, struct vprep_error *err);

#endif
