/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host loses by a request. Pure. */
#ifndef VPREP_PLAN_LOSSES_H
#define VPREP_PLAN_LOSSES_H

#include "model/facts.h"
#include "vfio-prep.h"

/* The devices that leave a driver of the host, in the order of the groups; all in the
 * pool, which notes when memory runs out. */
const struct vprep_loss *vprep_losses_list(const struct vprep_facts *facts,
					   const struct vprep_attach_options *options,
					   struct vprep_pool *pool, size_t *ret_n);

#endif
