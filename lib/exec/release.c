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
#include "step/step.h"

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

static void mark(struct vprep_releasing *rel, struct vprep_step *step,
		 enum vprep_step_state state)
{
	int r = vprep_step_mark(rel->exec, step, state);
	struct vprep_error err;

	if (r == 0)
		return;
	vprep_error_set(&err, VPREP_E_LEFT, -r, step->device,
			"cannot write the journal: %s", strerror(-r));
	note_failure(rel, &err, r);
}

/* A module stays loaded: its step ends with what it was for. */
static void finish_modules(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (steps->items[i].kind == VPREP_STEP_MODULE_LOAD &&
		    vprep_step_is_live(&steps->items[i]) &&
		    vprep_is_rolled_back(rel, &steps->items[i]))
			mark(rel, &steps->items[i], VPREP_STEP_UNDONE);
}

static void fail_step(struct vprep_releasing *rel, struct vprep_step *step,
		      const struct vprep_error *why, int r)
{
	if (vprep_str_replace(&step->reason, why->message) < 0)
		vprep_str_replace(&step->reason, NULL);
	step->pid = -1;
	mark(rel, step, VPREP_STEP_FAILED);
	note_failure(rel, why, r);
}

static void fail_held(struct vprep_releasing *rel, struct vprep_step *step,
		      const char *who)
{
	_cleanup_free_ char *group = vprep_strf("vfio/%" PRId64, step->group);
	const char *node = step->node ? step->node : group;
	struct vprep_error err;

	if (!who)
		who = "a process";
	if (step->kind == VPREP_STEP_NUMVFS)
		vprep_error_set(&err, VPREP_E_LEFT, EBUSY, step->device,
				"the VFs of %s cannot be removed: %s has one open",
				step->device, who);
	else
		vprep_error_set(&err, VPREP_E_LEFT, EBUSY, step->device,
				"%s cannot be given back: %s has /dev/%s open",
				step->device, who, node ? node : "vfio");
	fail_step(rel, step, &err, -EBUSY);
}

/* A device that cannot be touched now, and why; its step is recorded as failed. */
static bool is_blocked(struct vprep_releasing *rel, struct vprep_step *s,
		       const struct vprep_holders *holders)
{
	_cleanup_free_ char *who = NULL;
	struct vprep_error err;
	const char *left;

	if (vprep_is_still_stuck(rel, s)) {
		vprep_error_set(&err, VPREP_E_LEFT, EBUSY, s->device, "%s",
				s->reason ? s->reason : "the kernel still waits");
		note_failure(rel, &err, -EBUSY);
		return true;
	}
	left = s->kind == VPREP_STEP_NUMVFS ? vprep_vf_left(rel, s) : NULL;
	if (left) {
		vprep_error_set(&err, VPREP_E_LEFT, EBUSY, s->device,
				"the VFs of %s cannot be removed: %s is not given back",
				s->device, left);
		fail_step(rel, s, &err, -EBUSY);
		return true;
	}
	if (!vprep_is_held(rel, holders, s, &who))
		return false;
	/* another device's guest has the group: this one stays bound for its sake */
	if (vprep_is_group_claimed(rel, s->group))
		rel->selected[s - vprep_releasing_steps(rel)->items] = false;
	else
		fail_held(rel, s, who);
	return true;
}

/* Steps of one sort, which are undone together. */
struct pass {
	struct vprep_run run;
	bool (*is_of)(const struct vprep_step *step);
};

static bool is_numvfs(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_NUMVFS;
}

static bool is_vf_config(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_VF_CONFIG;
}

/* A step of that sort, from index @from on, for the same device that is not undone yet,
 * or could not be. */
static bool has_other(const struct vprep_releasing *rel, size_t from, const char *device,
		      bool (*is_of)(const struct vprep_step *))
{
	const struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t k;

	for (k = from; k < steps->n; k++)
		if (rel->selected[k] && is_of(&steps->items[k]) &&
		    vprep_step_is_live(&steps->items[k]) &&
		    streq(steps->items[k].device, device))
			return true;
	return false;
}

/* What was done twice to a device goes back the same way, so one step of each at a time.
 * No device goes to its own driver with a guest's MAC address. @tried has those that had
 * their turn. */
static size_t next_round(struct vprep_releasing *rel, const struct pass *pass,
			 const struct vprep_holders *holders, bool *tried,
			 size_t *indices)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i, n = 0;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		if (!rel->selected[i] || tried[i] || !pass->is_of(s) ||
		    has_other(rel, i + 1, s->device, pass->is_of) ||
		    (vprep_step_is_bind(s) && has_other(rel, 0, s->device, is_vf_config)))
			continue;
		tried[i] = true;
		if (!is_blocked(rel, &steps->items[i], holders))
			indices[n++] = i;
	}
	return n;
}

static bool is_mdev(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_MDEV_CREATE;
}

static bool is_vport(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_VPORT_CREATE;
}

#define UNDO_WITHIN(with, which)                                                         \
	{                                                                                \
		.work = (with), .mark = VPREP_STEP_UNDONE, .deadline = deadlines[which]  \
	}
#define UNDO(with) UNDO_WITHIN(with, VPREP_DEADLINE_UNBIND)

static int undo_idle(struct vprep_releasing *rel)
{
	const unsigned *deadlines = rel->exec->config->deadlines;
	const struct pass passes[] = {
		{ UNDO(vprep_vf_undo), is_vf_config },
		{ UNDO(vprep_bind_undo), vprep_step_is_bind },
		{ UNDO(vprep_mdev_undo), is_mdev },
		{ UNDO(vprep_vport_undo), is_vport },
		{ UNDO_WITHIN(vprep_numvfs_undo, VPREP_DEADLINE_NUMVFS), is_numvfs },
	};
	size_t i, n = vprep_releasing_steps(rel)->n;
	_cleanup_free_ size_t *indices = calloc(n + 1, sizeof(*indices));
	_cleanup_free_ bool *tried = calloc(n + 1, sizeof(*tried));
	struct vprep_holders holders = { 0 };
	struct vprep_error err = { 0 };
	int r;

	if (!indices || !tried)
		return -ENOMEM;
	r = vprep_may_be_held(rel) ? vprep_wait_for_holders(rel, &holders) : 0;
	if (r < 0)
		return r;
	for (i = 0; i < VPREP_ARRAY_SIZE(passes); i++)
		while ((n = next_round(rel, &passes[i], &holders, tried, indices)) > 0) {
			r = vprep_run_steps(rel->exec, &passes[i].run, indices, n, &err);
			if (r < 0)
				note_failure(rel, &err, r);
		}
	vprep_holders_done(&holders);
	return 0;
}

static bool belong_together(const struct vprep_step *a, const struct vprep_step *b)
{
	return a->group >= 0 ? a->group == b->group
			     : b->group < 0 && streq(a->device, b->device);
}

/* The rule, the node and the claim of a group stay while one of its devices is not back. */
static void keep_failed_groups(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i, k;

	for (i = 0; i < steps->n; i++) {
		if (!rel->selected[i] || !vprep_step_is_of_idle(&steps->items[i]) ||
		    !vprep_step_is_live(&steps->items[i]))
			continue;
		for (k = 0; k < steps->n; k++)
			if (belong_together(&steps->items[i], &steps->items[k]))
				rel->kept[k] = true;
	}
}

static bool is_to_undo(const struct vprep_releasing *rel, size_t i,
		       enum vprep_step_kind kind)
{
	return rel->selected[i] && !rel->kept[i] &&
	       vprep_releasing_steps(rel)->items[i].kind == kind;
}

static void undo_kind(struct vprep_releasing *rel, enum vprep_step_kind kind,
		      int (*undo)(const struct vprep_step_context *,
				  const struct vprep_step *, struct vprep_error *))
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = steps->n; i-- > 0;) {
		struct vprep_error err;
		int r;

		if (!is_to_undo(rel, i, kind))
			continue;
		r = undo ? undo(rel->exec, &steps->items[i], &err) : 0;
		if (r < 0)
			fail_step(rel, &steps->items[i], &err, r);
		else
			mark(rel, &steps->items[i], VPREP_STEP_UNDONE);
	}
}

static void reload_udevd(const struct vprep_releasing *rel)
{
	int r = vprep_udevd_is_running(rel->exec->io) ? vprep_udevd_reload(rel->exec->io)
						      : 0;

	if (r < 0)
		vprep_step_log(rel->exec, VPREP_LOG_WARNING,
			       "cannot tell udevd to reload its rules: %s", strerror(-r));
}

static bool has_to_undo(const struct vprep_releasing *rel, enum vprep_step_kind kind)
{
	size_t i;

	for (i = 0; i < vprep_releasing_steps(rel)->n; i++)
		if (is_to_undo(rel, i, kind))
			return true;
	return false;
}

static void tell_placeholders(const struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && steps->items[i].kind == VPREP_STEP_CLAIM &&
		    steps->items[i].group >= 0 &&
		    vprep_is_group_claimed(rel, steps->items[i].group) &&
		    vprep_stays_bound(rel, steps->items[i].device))
			vprep_step_log(
				rel->exec, VPREP_LOG_NOTICE,
				"%s keeps its driver as a placeholder until the last "
				"device of IOMMU group %" PRId64 " is given back",
				steps->items[i].device, steps->items[i].group);
}

/* The marks of a release have served once the device's claim is gone. */
static void finish_marks(struct vprep_releasing *rel)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i, k;

	for (i = 0; i < steps->n; i++) {
		bool claimed = false;

		if (steps->items[i].kind != VPREP_STEP_RELEASE ||
		    !vprep_step_is_live(&steps->items[i]))
			continue;
		for (k = 0; k < steps->n && !claimed; k++)
			claimed = vprep_step_is_live_claim(&steps->items[k]) &&
				  streq(steps->items[k].device, steps->items[i].device);
		if (!claimed)
			mark(rel, &steps->items[i], VPREP_STEP_DONE);
	}
}

static int release(struct vprep_releasing *rel)
{
	bool rules;
	int r;

	vprep_select_steps(rel);
	tell_placeholders(rel);
	r = undo_idle(rel);
	if (r < 0)
		return vprep_error_set(rel->err, VPREP_E_LEFT, -r, NULL, "%s",
				       strerror(-r));
	keep_failed_groups(rel);
	rules = has_to_undo(rel, VPREP_STEP_UDEV_RULE);
	undo_kind(rel, VPREP_STEP_UDEV_RULE, vprep_rule_undo);
	if (rules)
		reload_udevd(rel);
	undo_kind(rel, VPREP_STEP_CDEV_PERMISSION, vprep_cdev_undo);
	undo_kind(rel, VPREP_STEP_NODE_PERMISSION, vprep_node_undo);
	finish_modules(rel);
	undo_kind(rel, VPREP_STEP_CLAIM, NULL);
	finish_marks(rel);
	return rel->result;
}

int vprep_exec_release(struct vprep_step_context *exec, vprep_claim_filter wanted,
		       const void *data, unsigned patience, struct vprep_error *err)
{
	size_t n = exec->journal->steps.n;
	_cleanup_free_ bool *selected = calloc(n + 1, sizeof(*selected));
	_cleanup_free_ bool *kept = calloc(n + 1, sizeof(*kept));
	struct vprep_releasing rel = { .exec = exec,
				       .selected = selected,
				       .kept = kept,
				       .patience = patience,
				       .err = err };

	if (!selected || !kept)
		return vprep_error_oom(err);
	vprep_select_claims(&rel, wanted, data);
	return release(&rel);
}
