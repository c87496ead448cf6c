/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a request can be met. Pure: from the facts alone. */
#ifndef VPREP_PLAN_CHECK_H
#define VPREP_PLAN_CHECK_H

#include "model/facts.h"
#include "vfio-prep.h"

/* What is to happen to a group member. */
enum vprep_action {
	VPREP_ACTION_LEAVE,	  /* it is not in the way */
	VPREP_ACTION_BIND,	  /* part of the request, to be bound */
	VPREP_ACTION_PLACEHOLDER, /* bound so that the group is viable */
	VPREP_ACTION_UNBIND, /* a bridge whose driver is in the way: vfio-pci takes none */
	VPREP_ACTION_BLOCKS, /* it must go, and may not be touched */
};

enum vprep_action vprep_member_action(const struct vprep_facts_member *member,
				      const struct vprep_attach_options *options);

/* Every reason against the request, for vprep_reasons_free(); none when it can be met.
 * NULL: out of memory. */
struct vprep_reasons *vprep_check_facts(const struct vprep_facts *facts,
					const struct vprep_attach_options *options);

#endif
