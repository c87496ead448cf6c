/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a request can be met, and what the host loses by it. Pure: from the facts
 * alone. */
#ifndef VPREP_PLAN_CHECK_H
#define VPREP_PLAN_CHECK_H

#include "common/pool.h"
#include "model/facts.h"
#include "vfio-prep.h"

/* Every reason against the request, for vprep_reasons_free(); none when it can be met.
 * NULL: out of memory. */
struct vprep_reasons *vprep_check_facts(const struct vprep_facts *facts,
					const struct vprep_attach_options *options);

/* The devices that leave a driver of the host, in the order of the groups; all in the
 * pool, which notes when memory runs out. */
const struct vprep_loss *vprep_losses_list(const struct vprep_facts *facts,
					   const struct vprep_attach_options *options,
					   struct vprep_pool *pool, size_t *ret_n);

/* ---- a growing list of reasons why not ---- */

/* Adds one, whose strings are copied, printable. @fix NULL: nothing can be done about it.
 * Out of memory is noted in the pool. */
void vprep_reasons_add(struct vprep_reasons *reasons, struct vprep_pool *pool,
		       enum vprep_code code, const char *device, const char *fix,
		       const char *format, ...) __attribute__((format(printf, 6, 7)));
DEFINE_CLEANUP(struct vprep_reasons, vprep_reasons_free);

/* The first reason as an error, with the number of the others; returns its -errno. */
int vprep_reasons_error(const struct vprep_reasons *reasons, struct vprep_error *err);

#endif
