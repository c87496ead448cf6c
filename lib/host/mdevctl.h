/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdevctl's definitions: /etc/mdevctl.d/PARENT/UUID. */
#ifndef VPREP_HOST_MDEVCTL_H
#define VPREP_HOST_MDEVCTL_H

#include "io/io.h"
#include "vfio-prep.h"

#define VPREP_MDEVCTL_FOLDER "/etc/mdevctl.d"

struct vprep_mdevctl {
	char *parent;
	char *type;
	char *settings; /* "ATTRIBUTE=VALUE" lines in their order; NULL: none */
	bool starts;	/* by itself: at boot, and when its parent comes */
};

void vprep_mdevctl_done(struct vprep_mdevctl *definition);

/* What mdevctl would start under that UUID. -ENOENT: it knows none; -EBADMSG a definition
 * that cannot be used, or several; others from reading. @err is filled but for -ENOENT. */
int vprep_mdevctl_find(const struct vprep_io *io, const char *uuid,
		       struct vprep_mdevctl *ret, struct vprep_error *err);

/* One of those that are defined. */
struct vprep_mdevctl_item {
	char *uuid;
	struct vprep_mdevctl definition;
};

/* All that can be used, by parent and UUID; none when there is no such folder. Freed with
 * vprep_mdevctl_list_free(). -ENOMEM. */
int vprep_mdevctl_list(const struct vprep_io *io, struct vprep_mdevctl_item **ret,
		       size_t *ret_n);
void vprep_mdevctl_list_free(struct vprep_mdevctl_item *items, size_t n);

#endif
