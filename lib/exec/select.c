// SPDX-License-Identifier: GPL-2.0-or-later
/* Which steps go when a device is given back. */
#include "exec/releasing.h"

#include "common/str.h"

bool vprep_step_is_bind(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_DRIVER_BIND ||
	       s->kind == VPREP_STEP_PLACEHOLDER_BIND;
}

bool vprep_step_is_of_idle(const struct vprep_step *s)
{
	return vprep_step_is_bind(s) || s->kind == VPREP_STEP_VF_CONFIG ||
	       s->kind == VPREP_STEP_MDEV_CREATE || s->kind == VPREP_STEP_NUMVFS ||
	       s->kind == VPREP_STEP_VPORT_CREATE;
}

void vprep_select_claims(struct vprep_releasing *rel, vprep_claim_filter wanted,
			 const void *data)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		rel->selected[i] = vprep_step_is_live_claim(s) &&
				   (!wanted || wanted(rel->exec->journal, s, data));
	}
}

/* Whether this owner still claims a device of the group. */
bool vprep_is_group_claimed(const struct vprep_releasing *rel, int64_t group)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	if (group < 0) /* what is by itself has no siblings */
		return false;
	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_live_claim(&steps->items[i]) && !rel->selected[i] &&
		    steps->items[i].group == group)
			return true;
	return false;
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

	if (!vprep_journal_is_unfinished(rel->exec->journal, step->request))
		return false;
	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && steps->items[i].kind == VPREP_STEP_CLAIM &&
		    steps->items[i].request == step->request)
			return true;
	return false;
}

/*
 * A group's steps go with its last claim. Until then its devices stay bound, as a native
 * driver would spoil the group for the others; one that was unbound before can go at once.
 */
static bool is_to_go(const struct vprep_releasing *rel, const struct vprep_step *s)
{
	if (s->group < 0) /* a node by itself goes with its device */
		return !has_claim(rel, s->device, false);
	if (!vprep_is_group_claimed(rel, s->group))
		return true;
	if (vprep_step_is_of_idle(s) && vprep_is_rolled_back(rel, s))
		return true;
	if (s->kind == VPREP_STEP_VF_CONFIG) /* no guest is to have it any more */
		return has_claim(rel, s->device, true);
	return vprep_step_is_bind(s) && !s->was_driver && has_claim(rel, s->device, true);
}

void vprep_select_steps(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		if (s->kind != VPREP_STEP_CLAIM && s->kind != VPREP_STEP_RELEASE &&
		    s->kind != VPREP_STEP_MODULE_LOAD && vprep_step_is_live(s))
			rel->selected[i] = is_to_go(rel, s);
	}
}

bool vprep_stays_bound(const struct vprep_releasing *rel, const char *device)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_of_idle(&steps->items[i]) && !rel->selected[i] &&
		    vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, device))
			return true;
	return false;
}
