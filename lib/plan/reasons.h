/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing list of reasons why not. */
#ifndef VPREP_PLAN_REASONS_H
#define VPREP_PLAN_REASONS_H

#include "common/pool.h"
#include "vfio-prep.h"

/* Copies the strings, printable. @fix may be NULL; a NULL @message, and out of memory, is
 * noted in the pool. */
void vprep_reasons_add(struct vprep_reasons *reasons, struct vprep_pool *pool,
		       enum vprep_code code, const char *device, const char *message,
		       const char *fix);
DEFINE_CLEANUP(struct vprep_reasons, vprep_reasons_free);

/* The first reason as an error, with the number of the others; returns its -errno. */
int vprep_reasons_error(const struct vprep_reasons *reasons, struct vprep_error *err);

#endif
