// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims, and marks that a claimed device is being given back. They change nothing on the
 * host: what they say is that the journal has them. A request is finished when its claims
 * are done; a device with a live mark is still to be given back.
 */
#include "step/claim.h"

#include <inttypes.h>
#include <string.h>

#include "common/str.h"
#include "plan/plan.h"

static void plan_member(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	if (m->device && !m->claimed)
		vprep_plan_add(p);
}

static void plan_device(struct vprep_planning *p, const struct vprep_device *d)
{
	(void)d;
	vprep_plan_add(p);
}

static char *describe_claim(const struct vprep_step *step)
{
	if (step->group < 0)
		return strdup("hold it");
	return vprep_strf("hold it, and IOMMU group %" PRId64, step->group);
}

const struct vprep_step_kind vprep_step_claim = {
	.name = "claim",
	.role = VPREP_ROLE_CLAIM,
	.plan_member = plan_member,
	.plan_device = plan_device,
	.describe = describe_claim,
	.undo_text = "let it go",
};

const struct vprep_step_kind vprep_step_release = {
	.name = "release",
	.role = VPREP_ROLE_RELEASE,
	.text = "give it back",
	.undo_text = "none",
};
