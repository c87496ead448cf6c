/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a request can be met. Pure: from the survey alone. */
#ifndef VPREP_PLAN_CHECK_H
#define VPREP_PLAN_CHECK_H

#include "model/survey.h"
#include "vfio-prep.h"

/* What is to happen to a group member. */
enum vprep_fate {
	VPREP_FATE_LEAVE,	/* it is not in the way */
	VPREP_FATE_BIND,	/* part of the request, to be bound */
	VPREP_FATE_PLACEHOLDER, /* bound so that the group is viable */
	VPREP_FATE_UNBIND, /* a bridge whose driver is in the way: vfio-pci takes none */
	VPREP_FATE_BLOCKS, /* it must go, and may not be touched */
};

enum vprep_fate vprep_member_fate(const struct vprep_survey_member *member,
				  const struct vprep_terms *terms);

/* Every reason against the request; none when it can be met. -ENOMEM. */
int vprep_check_survey(const struct vprep_survey *survey, const struct vprep_terms *terms,
		       struct vprep_reasons *reasons);

#endif
