/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing list of reasons why not. */
#ifndef VPREP_PLAN_REASONS_H
#define VPREP_PLAN_REASONS_H

#include "vfio-prep.h"

/* Takes @message and @fix (NULL allowed), also on failure; a NULL message is -ENOMEM. */
int vprep_reasons_add(struct vprep_reasons *reasons, enum vprep_code code,
		      const char *device, char *message, char *fix);
void vprep_reasons_done(struct vprep_reasons *reasons);

/* The first reason as an error, with the number of the others; returns its -errno. */
int vprep_reasons_error(const struct vprep_reasons *reasons, struct vprep_error *err);

#endif
