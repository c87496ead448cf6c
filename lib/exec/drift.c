// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing the host with the journal: each kind of step knows what it left. */
#include "exec/drift.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"

/* A step about the device, or one for the sake of its whole group. */
static bool concerns(const struct vprep_journal *journal, const struct vprep_step *step,
		     const char *device, int64_t group)
{
	if (!step->kind->compare || step->state != VPREP_STEP_DONE || step->partial)
		return false;
	return streq(step->device, device) ||
	       (group >= 0 && step->group == group &&
		!vprep_steps_claim_of(&journal->steps, step->device));
}

int vprep_drift_of_claim(const struct vprep_io *io, const struct vprep_journal *journal,
			 const struct vprep_step *claim, struct vprep_drift *ret)
{
	size_t i;
	int r;

	*ret = (struct vprep_drift){ 0 };
	/* the claim tells first whether it is the same device: if not, that is all */
	r = claim->kind->compare && !claim->partial ? claim->kind->compare(io, claim, ret)
						    : 0;
	for (i = 0; r == 0 && !ret->gone && i < journal->steps.n; i++) {
		const struct vprep_step *s = &journal->steps.items[i];

		if (s != claim && concerns(journal, s, claim->device, claim->group))
			r = s->kind->compare(io, s, ret);
	}
	return r;
}

static int mend_step(const struct vprep_step_context *context,
		     const struct vprep_step *step, bool *ret_any,
		     struct vprep_error *err)
{
	_cleanup_(vprep_drift_done) struct vprep_drift drift = { 0 };
	int r = step->kind->compare(context->io, step, &drift);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "%s: cannot compare it with the journal: %s",
				       step->device, strerror(-r));
	if (drift.level != VPREP_DRIFT_REDO)
		return 0;
	*ret_any = true;
	return step->kind->parent_do(context, step, err);
}

int vprep_exec_mend(const struct vprep_step_context *context, const char *device,
		    int64_t group, bool *ret_any, struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	size_t i, k;
	int r = 0;

	for (k = 0; r == 0 && vprep_step_kinds[k]; k++) {
		const struct vprep_step_kind *kind = vprep_step_kinds[k];
		bool any = false;

		for (i = 0; r == 0 && kind->parent_do && i < steps->n; i++)
			if (steps->items[i].kind == kind &&
			    concerns(context->journal, &steps->items[i], device, group))
				r = mend_step(context, &steps->items[i], &any, err);
		if (r == 0 && any && kind->after_all)
			r = kind->after_all(context, 0, err);
		if (r == 0 && any && kind->settle)
			r = kind->settle(context, 0, err);
		*ret_any |= any;
	}
	return r;
}
