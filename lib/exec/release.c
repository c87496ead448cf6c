// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back: which steps go, who still holds the devices, and their undo. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "exec/releasing.h"
#include "exec/run.h"

static void note_failure(struct vprep_releasing *rel, const struct vprep_error *why,
			 int r)
{
	if (rel->result < 0)
		return;
	rel->result = r;
	if (!rel->err)
		return;
	*rel->err = *why;
	rel->err->code = VPREP_E_LEFT;
	vprep_error_append(rel->err,
			   "; when that is mended, 'vfio-prep recover' gives it back");
}

/* In one write. */
static void mark_all(struct vprep_releasing *rel, struct vprep_step *const *steps,
		     size_t n, enum vprep_step_state state)
{
	int r = vprep_step_mark_all(rel->context, steps, n, state);
	struct vprep_error err;

	if (r == 0)
		return;
	vprep_error_set(&err, VPREP_E_LEFT, -r, n > 0 ? steps[0]->device : NULL,
			"cannot write the journal: %s", strerror(-r));
	note_failure(rel, &err, r);
}

static void mark(struct vprep_releasing *rel, struct vprep_step *step,
		 enum vprep_step_state state)
{
	mark_all(rel, &step, 1, state);
}

/* A module stays loaded: its step ends with what it was for. */
static void finish_modules(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_lasting(&steps->items[i]) &&
		    vprep_step_is_live(&steps->items[i]) &&
		    vprep_is_rolled_back(rel, &steps->items[i]))
			mark(rel, &steps->items[i], VPREP_STEP_UNDONE);
}

/* @reason is for who asks later, when the way out is known: what was in the way. */
static void fail_step_for(struct vprep_releasing *rel, struct vprep_step *step,
			  const char *reason, const struct vprep_error *why, int r)
{
	if (vprep_str_replace(&step->reason, reason) < 0)
		vprep_str_replace(&step->reason, NULL);
	step->pid = -1;
	mark(rel, step, VPREP_STEP_FAILED);
	note_failure(rel, why, r);
}

static void fail_step(struct vprep_releasing *rel, struct vprep_step *step,
		      const struct vprep_error *why, int r)
{
	fail_step_for(rel, step, why->message, why, r);
}

/* Why a step cannot be undone now. */
struct blocker {
	struct vprep_error err;
	char *reason;	 /* for who asks later; NULL: the step has it already */
	bool by_sibling; /* another device's guest has the group: it stays bound for that */
};

static void held_by(const struct vprep_step *step, const char *who, const char *node,
		    struct blocker *ret)
{
	if (!who)
		who = "a process";
	if (step->kind->held_error)
		step->kind->held_error(step, who, &ret->err);
	else
		vprep_error_set(&ret->err, VPREP_E_LEFT, EBUSY, step->device,
				"%s cannot be given back: %s has /dev/%s open",
				step->device, who, node);
	ret->reason = step->kind->held_error
			      ? strdup(ret->err.message)
			      : vprep_strf("%s had /dev/%s open", who, node);
}

static bool find_blocker(const struct vprep_releasing *rel, const struct vprep_step *s,
			 const struct vprep_holders *holders, struct blocker *ret)
{
	_cleanup_free_ char *who = NULL;
	const char *node;

	*ret = (struct blocker){ 0 };
	if (vprep_is_still_stuck(rel, s)) {
		vprep_error_set(&ret->err, VPREP_E_LEFT, EBUSY, s->device, "%s",
				s->reason ? s->reason : "the kernel still waits");
		return true;
	}
	if (s->kind->is_blocked && s->kind->is_blocked(rel->context, s, &ret->err)) {
		ret->reason = strdup(ret->err.message);
		return true;
	}
	if (!s->kind->needs_closed || !vprep_is_held(rel, holders, s, &who, &node))
		return false;
	ret->by_sibling = vprep_is_group_claimed(rel, s->group);
	if (!ret->by_sibling)
		held_by(s, who, node, ret);
	return true;
}

/* A device that cannot be touched now, and why; its step is recorded as failed. */
static bool is_blocked(struct vprep_releasing *rel, struct vprep_step *s,
		       const struct vprep_holders *holders)
{
	struct blocker blocker;

	if (!find_blocker(rel, s, holders, &blocker))
		return false;
	if (blocker.by_sibling)
		rel->selected[s - vprep_releasing_steps(rel)->items] = false;
	else if (blocker.reason)
		fail_step_for(rel, s, blocker.reason, &blocker.err, -EBUSY);
	else
		note_failure(rel, &blocker.err, -EBUSY);
	free(blocker.reason);
	return true;
}

/* Whether one kind is undone before another one. */
static bool comes_before(const struct vprep_step_kind *a, const struct vprep_step_kind *b)
{
	size_t k;

	for (k = 0; vprep_step_kinds_undo[k]; k++) {
		if (vprep_kinds_share_work(vprep_step_kinds_undo[k], b))
			return false;
		if (vprep_kinds_share_work(vprep_step_kinds_undo[k], a))
			return true;
	}
	return false;
}

/*
 * Whether another step for the same device, which is not undone yet or could not be, is
 * to be undone before step @i: one of a kind that comes first, or a later one of the same
 * kind. What was done twice to a device goes back the same way; and no VF goes to its own
 * driver with a guest's MAC address.
 */
static bool must_wait(const struct vprep_releasing *rel, size_t i)
{
	const struct vprep_steps *steps = vprep_releasing_steps(rel);
	const struct vprep_step *step = &steps->items[i];
	size_t k;

	for (k = 0; k < steps->n; k++) {
		const struct vprep_step *s = &steps->items[k];

		if (rel->selected[k] && vprep_step_is_live(s) && s->kind->child_undo &&
		    streq(s->device, step->device) &&
		    (comes_before(s->kind, step->kind) ||
		     (k > i && vprep_kinds_share_work(s->kind, step->kind))))
			return true;
	}
	return false;
}

/* The next steps of a kind, one for each device. @tried has those that had their turn. */
static size_t next_round(struct vprep_releasing *rel, const struct vprep_step_kind *kind,
			 const struct vprep_holders *holders, bool *tried,
			 size_t *indices)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i, n = 0;

	for (i = 0; i < steps->n; i++) {
		if (!rel->selected[i] || tried[i] ||
		    !vprep_kinds_share_work(steps->items[i].kind, kind) ||
		    must_wait(rel, i))
			continue;
		tried[i] = true;
		if (!is_blocked(rel, &steps->items[i], holders))
			indices[n++] = i;
	}
	return n;
}

static int undo_in_children(struct vprep_releasing *rel,
			    const struct vprep_holders *holders)
{
	size_t k, n = vprep_releasing_steps(rel)->n;
	_cleanup_free_ size_t *indices = calloc(n + 1, sizeof(*indices));
	_cleanup_free_ bool *tried = calloc(n + 1, sizeof(*tried));
	struct vprep_error err = { 0 };
	int r;

	if (!indices || !tried)
		return -ENOMEM;
	for (k = 0; vprep_step_kinds_undo[k]; k++) {
		const struct vprep_step_kind *kind = vprep_step_kinds_undo[k];

		while (kind->child_undo &&
		       (n = next_round(rel, kind, holders, tried, indices)) > 0) {
			r = vprep_run_steps(rel->context, VPREP_UNDO, indices, n, &err);
			if (r < 0)
				note_failure(rel, &err, r);
		}
	}
	return 0;
}

static bool belong_together(const struct vprep_step *a, const struct vprep_step *b)
{
	return a->group >= 0 ? a->group == b->group
			     : b->group < 0 && streq(a->device, b->device);
}

static void keep_with(struct vprep_releasing *rel, const struct vprep_step *step)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (belong_together(step, &steps->items[i]))
			rel->kept[i] = true;
}

static bool is_to_undo(const struct vprep_releasing *rel, size_t i)
{
	return rel->selected[i] && !rel->kept[i];
}

/* The rule, the node and the claim of a group stay while one of its devices is not back,
 * and those of a device by itself while a process has its node open. */
static void keep_what_stays(struct vprep_releasing *rel,
			    const struct vprep_holders *holders)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && steps->items[i].kind->child_undo &&
		    vprep_step_is_live(&steps->items[i]))
			keep_with(rel, &steps->items[i]);
	for (i = 0; i < steps->n; i++)
		if (is_to_undo(rel, i) && steps->items[i].kind->parent_undo &&
		    is_blocked(rel, &steps->items[i], holders))
			keep_with(rel, &steps->items[i]);
}

static void undo_here(struct vprep_releasing *rel, const struct vprep_step_kind *kind)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	bool any = false;
	size_t i, n = 0;

	for (i = steps->n; i-- > 0;) {
		struct vprep_step *s = &steps->items[i];
		struct vprep_error err;
		bool shared;
		int r;

		if (!is_to_undo(rel, i) || s->kind != kind)
			continue;
		shared = vprep_is_shared(rel, s);
		any |= !shared;
		r = shared ? 0 : kind->parent_undo(rel->context, s, &err);
		if (r < 0)
			fail_step(rel, s, &err, r);
		else
			rel->ended[n++] = s;
	}
	mark_all(rel, rel->ended, n, VPREP_STEP_UNDONE);
	if (any && kind->settle_undone)
		kind->settle_undone(rel->context);
}

static void finish_claims(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i, n = 0;

	for (i = steps->n; i-- > 0;)
		if (is_to_undo(rel, i) && vprep_step_is_claim(&steps->items[i]))
			rel->ended[n++] = &steps->items[i];
	mark_all(rel, rel->ended, n, VPREP_STEP_UNDONE);
}

static void log_placeholders(const struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && vprep_step_is_claim(&steps->items[i]) &&
		    steps->items[i].group >= 0 &&
		    vprep_is_group_claimed(rel, steps->items[i].group) &&
		    vprep_stays_bound(rel, steps->items[i].device))
			vprep_step_log(
				rel->context, VPREP_LOG_NOTICE,
				"%s keeps its driver as a placeholder until the last "
				"device of IOMMU group %" PRId64 " is given back",
				steps->items[i].device, steps->items[i].group);
}

/* The marks of a release have served once the device's claim is gone. */
static void finish_marks(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i, n = 0;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_release(&steps->items[i]) &&
		    vprep_step_is_live(&steps->items[i]) &&
		    !vprep_steps_claim_of(steps, steps->items[i].device))
			rel->ended[n++] = &steps->items[i];
	mark_all(rel, rel->ended, n, VPREP_STEP_DONE);
}

static int release(struct vprep_releasing *rel)
{
	_cleanup_(vprep_holders_done) struct vprep_holders holders = { 0 };
	size_t k;
	int r;

	vprep_select_steps(rel);
	log_placeholders(rel);
	r = vprep_may_be_held(rel) ? vprep_wait_for_holders(rel, &holders) : 0;
	if (r == 0)
		r = undo_in_children(rel, &holders);
	if (r < 0)
		return vprep_error_set(rel->err, VPREP_E_LEFT, -r, NULL, "%s",
				       strerror(-r));
	keep_what_stays(rel, &holders);
	for (k = 0; vprep_step_kinds_undo[k]; k++)
		if (vprep_step_kinds_undo[k]->parent_undo)
			undo_here(rel, vprep_step_kinds_undo[k]);
	finish_modules(rel);
	finish_claims(rel);
	finish_marks(rel);
	return rel->result;
}

/* Finds the first step that cannot be undone now, and says why not. */
static int foretell(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	struct vprep_holders holders = { 0 };
	size_t i;
	int r;

	vprep_select_steps(rel);
	r = vprep_may_be_held(rel) ? vprep_wait_for_holders(rel, &holders) : 0;
	if (r < 0)
		return vprep_error_set(rel->err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for processes: %s", strerror(-r));
	for (i = 0; r == 0 && i < steps->n; i++) {
		struct blocker blocker;

		if (!rel->selected[i] ||
		    !find_blocker(rel, &steps->items[i], &holders, &blocker))
			continue;
		free(blocker.reason);
		if (blocker.by_sibling)
			continue;
		note_failure(rel, &blocker.err, -EBUSY);
		r = -EBUSY;
	}
	vprep_holders_done(&holders);
	return r;
}

static int select_and(int (*work)(struct vprep_releasing *),
		      struct vprep_step_context *context, vprep_claim_filter wanted,
		      const void *data, unsigned patience, struct vprep_error *err)
{
	size_t n = context->journal->steps.n;
	_cleanup_free_ bool *selected = calloc(n + 1, sizeof(*selected));
	_cleanup_free_ bool *kept = calloc(n + 1, sizeof(*kept));
	_cleanup_free_ struct vprep_step **ended =
		calloc(n + 1, sizeof(struct vprep_step *));
	struct vprep_releasing rel = { .context = context,
				       .selected = selected,
				       .kept = kept,
				       .ended = ended,
				       .patience = patience,
				       .err = err };

	if (!selected || !kept || !ended)
		return vprep_error_oom(err);
	vprep_select_claims(&rel, wanted, data);
	return work(&rel);
}

int vprep_exec_release(struct vprep_step_context *context, vprep_claim_filter wanted,
		       const void *data, unsigned patience, struct vprep_error *err)
{
	return select_and(release, context, wanted, data, patience, err);
}

int vprep_exec_foretell(struct vprep_step_context *context, vprep_claim_filter wanted,
			const void *data, struct vprep_error *err)
{
	return select_and(foretell, context, wanted, data, 0, err);
}
