/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a request can be met. Pure: from the facts alone. */
#ifndef VPREP_PLAN_CHECK_H
#define VPREP_PLAN_CHECK_H

#include "model/facts.h"
#include "vfio-prep.h"

/* Every reason against the request, for vprep_reasons_free(); none when it can be met.
 * NULL: out of memory. */
struct vprep_reasons *vprep_check_facts(const struct vprep_facts *facts,
					const struct vprep_attach_options *options);

#endif
