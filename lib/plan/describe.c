// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps in words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/export.h"
#include "plan/plan.h"

int vprep_plan_describe(const char *owner, const struct vprep_steps *steps,
			struct vprep_plan **ret)
{
	struct vprep_plan *plan = calloc(1, sizeof(*plan));
	size_t i;

	if (!plan)
		return -ENOMEM;
	plan->steps = calloc(steps->n + 1, sizeof(*plan->steps));
	plan->owner = strdup(owner);
	if (!plan->steps || !plan->owner)
		goto oom;
	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *from = &steps->items[i];
		struct vprep_plan_step *to = &plan->steps[plan->n_steps++];

		to->id = (unsigned)i + 1;
		to->kind = from->kind->name;
		to->device = strdup(from->device);
		to->detail = from->kind->describe(from);
		to->undo = from->kind->describe_undo(from);
		if (!to->device || !to->detail || !to->undo)
			goto oom;
	}
	*ret = plan;
	return 0;
oom:
	vprep_plan_free(plan);
	return -ENOMEM;
}

VPREP_EXPORT void vprep_plan_free(struct vprep_plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->n_steps; i++) {
		free((char *)plan->steps[i].device);
		free((char *)plan->steps[i].detail);
		free((char *)plan->steps[i].undo);
	}
	free(plan->steps);
	free((char *)plan->owner);
	free(plan);
}
