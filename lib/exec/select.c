// SPDX-License-Identifier: GPL-2.0-or-later
/* Which steps go when a device is given back. */
#include "exec/releasing.h"

#include "common/str.h"

void vprep_select_claims(struct vprep_releasing *rel, vprep_claim_filter wanted,
			 const void *data)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		rel->selected[i] = vprep_step_is_live_claim(s) &&
				   (!wanted || wanted(rel->context->journal, s, data));
	}
}

bool vprep_is_group_claimed(const struct vprep_releasing *rel, int64_t group)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	if (group < 0) /* a device without a group */
		return false;
	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_live_claim(&steps->items[i]) && !rel->selected[i] &&
		    steps->items[i].group == group)
			return true;
	return false;
}

bool vprep_is_shared(const struct vprep_releasing *rel, const struct vprep_step *step)
{
	return step->group < 0 && vprep_strv_has(rel->context->shared, step->device);
}

/* Whether a live claim of the device goes (@selected), or stays. */
static bool has_claim(const struct vprep_releasing *rel, const char *device,
		      bool selected)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_live_claim(&steps->items[i]) &&
		    rel->selected[i] == selected && streq(steps->items[i].device, device))
			return true;
	return false;
}

/* A request that is rolled back takes its binds with it, whoever else claims the group. */
bool vprep_is_rolled_back(const struct vprep_releasing *rel,
			  const struct vprep_step *step)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	if (!vprep_journal_is_unfinished(rel->context->journal, step->request))
		return false;
	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && vprep_step_is_claim(&steps->items[i]) &&
		    steps->items[i].request == step->request)
			return true;
	return false;
}

/* A group's steps go with its last claim, but for those that can go with their device. */
static bool is_to_go(const struct vprep_releasing *rel, const struct vprep_step *s)
{
	if (s->group < 0) /* a node by itself goes with its device */
		return !has_claim(rel, s->device, false);
	if (!vprep_is_group_claimed(rel, s->group))
		return true;
	if (s->kind->child_undo && vprep_is_rolled_back(rel, s))
		return true;
	return s->kind->goes_with_device && !vprep_step_text(s, "was_driver") &&
	       has_claim(rel, s->device, true);
}

void vprep_select_steps(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		if (s->kind->role == VPREP_ROLE_CHANGE && vprep_step_is_live(s))
			rel->selected[i] = !s->partial && is_to_go(rel, s);
	}
}

bool vprep_stays_bound(const struct vprep_releasing *rel, const char *device)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].kind->needs_closed && !rel->selected[i] &&
		    vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, device))
			return true;
	return false;
}
