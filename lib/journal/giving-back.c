// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/giving-back.h"

#include "common/str.h"

bool vprep_journal_is_unfinished(const struct vprep_journal *j, int64_t request)
{
	size_t i;

	for (i = 0; i < j->steps.n; i++) {
		const struct vprep_step *s = &j->steps.items[i];

		if (vprep_step_is_claim(s) && s->request == request &&
		    (s->state == VPREP_STEP_INTENT || s->state == VPREP_STEP_FAILED))
			return true;
	}
	return false;
}

bool vprep_journal_releases(const struct vprep_journal *j, const char *device)
{
	return vprep_steps_live_of(&j->steps, device, vprep_step_is_release);
}

bool vprep_claim_is_incomplete(const struct vprep_journal *journal,
			       const struct vprep_step *claim, const void *unused)
{
	(void)unused;
	return vprep_journal_is_unfinished(journal, claim->request) ||
	       vprep_journal_releases(journal, claim->device);
}

bool vprep_claim_is_since(const struct vprep_journal *journal,
			  const struct vprep_step *claim, const void *request)
{
	(void)journal;
	return claim->request >= *(const int64_t *)request;
}

bool vprep_journal_is_incomplete(const struct vprep_journal *j)
{
	size_t i;

	for (i = 0; i < j->steps.n; i++) {
		const struct vprep_step *s = &j->steps.items[i];
		bool ends = vprep_step_is_claim(s) || vprep_step_is_release(s);

		if (!vprep_step_is_lasting(s) &&
		    (s->state == VPREP_STEP_FAILED ||
		     (ends && s->state == VPREP_STEP_INTENT)))
			return true;
	}
	return !vprep_journal_is_live(j);
}

static bool is_claim_of(const struct vprep_step *claim, const struct vprep_step *step)
{
	return vprep_step_is_live_claim(claim) &&
	       vprep_str_same(claim->device, step->device);
}

static bool has_claim(const struct vprep_journal *j, const struct vprep_step *step)
{
	size_t i;

	for (i = 0; i < j->steps.n; i++)
		if (is_claim_of(&j->steps.items[i], step))
			return true;
	return false;
}

/* Placeholders, and what is the group's, go with the last claim of the group. */
bool vprep_journal_gives_back(const struct vprep_journal *j,
			      const struct vprep_step *step)
{
	bool by_device = step->group < 0 || has_claim(j, step);
	size_t i;

	for (i = 0; i < j->steps.n; i++) {
		const struct vprep_step *claim = &j->steps.items[i];
		bool stands_for = by_device ? is_claim_of(claim, step)
					    : vprep_step_is_live_claim(claim) &&
						      claim->group == step->group;

		if (stands_for && !vprep_claim_is_incomplete(j, claim, NULL))
			return false;
	}
	return true;
}

const char *vprep_journal_failure_of(const struct vprep_journal *j,
				     const struct vprep_step *step)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < j->steps.n; i++) {
		const struct vprep_step *s = &j->steps.items[i];

		if (s->state != VPREP_STEP_FAILED || !s->reason)
			continue;
		if (vprep_str_same(s->device, step->device))
			return s->reason;
		if (s->group >= 0 && s->group == step->group)
			why = s->reason;
	}
	return why;
}

bool vprep_journal_is_giving_back(const struct vprep_journal *j)
{
	size_t i;

	for (i = 0; i < j->steps.n; i++) {
		const struct vprep_step *s = &j->steps.items[i];

		if ((vprep_step_is_release(s) && vprep_step_is_live(s)) ||
		    (s->state == VPREP_STEP_FAILED && !vprep_step_is_lasting(s)))
			return true;
	}
	return false;
}
