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

static void plan_claim(struct vprep_planning *p, const struct vprep_facts_group *g,
		       const struct vprep_facts_member *m)
{
	if (m->device && !m->claimed)
		vprep_plan_add(p, m->member->name, g->group->number);
}

static void plan_device_claim(struct vprep_planning *p, const struct vprep_device *d)
{
	vprep_plan_add(p, vprep_plan_device_name(d), -1);
}

static char *describe_claim(const struct vprep_step *step)
{
	if (step->group < 0)
		return strdup("hold it");
	return vprep_strf("hold it, and IOMMU group %" PRId64, step->group);
}

static char *describe_claim_undo(const struct vprep_step *step)
{
	(void)step;
	return strdup("let it go");
}

static char *describe_release(const struct vprep_step *step)
{
	(void)step;
	return strdup("give it back");
}

static char *describe_release_undo(const struct vprep_step *step)
{
	(void)step;
	return strdup("none");
}

const struct vprep_step_kind vprep_step_claim = {
	.name = "claim",
	.role = VPREP_ROLE_CLAIM,
	.plan_member = plan_claim,
	.plan_device = plan_device_claim,
	.describe = describe_claim,
	.describe_undo = describe_claim_undo,
};

const struct vprep_step_kind vprep_step_release = {
	.name = "release",
	.role = VPREP_ROLE_RELEASE,
	.describe = describe_release,
	.describe_undo = describe_release_undo,
};
