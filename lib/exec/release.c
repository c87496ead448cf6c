// SPDX-License-Identifier: GPL-2.0-or-later
/* Giving back: which steps go, who still holds the devices, and their undo. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "exec/exec.h"
#include "exec/run.h"
#include "exec/step.h"
#include "host/driver.h"
#include "host/holders.h"
#include "io/job.h"

#define HOLDER_POLL_MS 100

struct releasing {
	struct vprep_exec *exec;
	bool *picked; /* by step: a claim to give up, or a step to undo */
	bool *kept;   /* by step: of a group where something failed */
	unsigned patience;
	struct vprep_error *err;
	int result; /* the first failure; @err tells of it */
};

static struct vprep_steps *steps_of(const struct releasing *rel)
{
	return &rel->exec->journal->steps;
}

static bool is_bind(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_DRIVER_BIND ||
	       s->kind == VPREP_STEP_PLACEHOLDER_BIND;
}

static bool is_live_claim(const struct vprep_step *s)
{
	return s->kind == VPREP_STEP_CLAIM && vprep_step_is_live(s);
}

static void pick_claims(struct releasing *rel, vprep_claim_filter wanted,
			const void *data)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		rel->picked[i] = is_live_claim(&steps->items[i]) &&
				 wanted(rel->exec->journal, &steps->items[i], data);
}

/* Whether this owner still claims a device of the group. */
static bool is_group_claimed(const struct releasing *rel, int64_t group)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (is_live_claim(&steps->items[i]) && !rel->picked[i] &&
		    steps->items[i].group == group)
			return true;
	return false;
}

static bool is_claim_picked(const struct releasing *rel, const char *device)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->picked[i] && steps->items[i].kind == VPREP_STEP_CLAIM &&
		    streq(steps->items[i].device, device))
			return true;
	return false;
}

/*
 * A group's steps go with its last claim. Until then its devices stay bound, as a native
 * driver would spoil the group for the others; one that was unbound before can go at once.
 */
static void pick_steps(struct releasing *rel)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		if (s->kind == VPREP_STEP_CLAIM || s->kind == VPREP_STEP_RELEASE ||
		    s->kind == VPREP_STEP_MODULE_LOAD || !vprep_step_is_live(s))
			continue;
		if (s->group < 0) { /* a node by itself goes with its device */
			rel->picked[i] = is_claim_picked(rel, s->device);
			continue;
		}
		if (!is_group_claimed(rel, s->group))
			rel->picked[i] = true;
		else if (is_bind(s) && !s->was_driver && is_claim_picked(rel, s->device))
			rel->picked[i] = true;
	}
}

static void note_failure(struct releasing *rel, const struct vprep_error *why, int r)
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

static void mark(struct releasing *rel, struct vprep_step *step,
		 enum vprep_step_state state)
{
	int r = vprep_exec_mark(rel->exec, step, state);
	struct vprep_error err;

	if (r == 0)
		return;
	vprep_error_set(&err, VPREP_E_LEFT, -r, step->device,
			"cannot write the journal: %s", strerror(-r));
	note_failure(rel, &err, r);
}

static void fail_step(struct releasing *rel, struct vprep_step *step,
		      const struct vprep_error *why, int r)
{
	if (vprep_str_replace(&step->reason, why->message) < 0)
		vprep_str_replace(&step->reason, NULL);
	step->pid = -1;
	mark(rel, step, VPREP_STEP_FAILED);
	note_failure(rel, why, r);
}

/* A child of an earlier command is still in the kernel with it: nothing can be done yet. */
static bool is_still_stuck(const struct releasing *rel, const struct vprep_step *step)
{
	uint64_t start;

	return vprep_step_is_quarantined(step) &&
	       vprep_process_start(rel->exec->io, (pid_t)step->pid, &start) == 0 &&
	       (int64_t)start == step->pid_start;
}

static bool is_held(const struct vprep_holders *holders, int64_t group, char **ret_who)
{
	_cleanup_free_ char *node = vprep_strf("vfio/%" PRId64, group);
	size_t i;

	for (i = 0; node && i < holders->n; i++)
		if (streq(holders->items[i].node, node)) {
			*ret_who = vprep_holder_text(&holders->items[i]);
			return true;
		}
	return false;
}

static bool is_any_held(const struct releasing *rel, const struct vprep_holders *holders,
			char **ret_who)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->picked[i] && is_bind(&steps->items[i]) &&
		    is_held(holders, steps->items[i].group, ret_who))
			return true;
	return false;
}

static bool is_interrupted(const struct vprep_exec *exec)
{
	return exec->interrupted && exec->interrupted(exec->interrupted_data);
}

/*
 * Unbinding a device that a process has open blocks in the kernel until it is closed, and
 * cannot be called off: wait here instead, where it can.
 */
static int wait_for_holders(struct releasing *rel, struct vprep_holders *ret)
{
	int64_t end = vprep_now_ms() + (int64_t)rel->patience * 1000;
	bool told = false;

	for (;;) {
		_cleanup_free_ char *who = NULL;
		int r = vprep_holders_scan(rel->exec->io, "vfio/", ret);

		if (r < 0 || !is_any_held(rel, ret, &who) || vprep_now_ms() >= end ||
		    is_interrupted(rel->exec))
			return r;
		if (!told)
			vprep_exec_log(rel->exec, VPREP_LOG_NOTICE,
				       "waiting up to %u s for %s to let go",
				       rel->patience, who ? who : "a process");
		told = true;
		vprep_holders_done(ret);
		vprep_sleep_ms(HOLDER_POLL_MS);
	}
}

static void fail_held(struct releasing *rel, struct vprep_step *step, const char *who)
{
	struct vprep_error err;

	vprep_error_set(&err, VPREP_E_LEFT, EBUSY, step->device,
			"%s cannot be given back: %s has /dev/vfio/%" PRId64 " open",
			step->device, who ? who : "a process", step->group);
	fail_step(rel, step, &err, -EBUSY);
}

/* Whether it is worth looking through all processes for one that has a device open. */
static bool may_be_held(const struct releasing *rel)
{
	const struct vprep_step *s;
	size_t i;

	for (i = 0; i < steps_of(rel)->n; i++) {
		s = &steps_of(rel)->items[i];
		if (rel->picked[i] && is_bind(s) && s->driver &&
		    vprep_driver_may_be_open(rel->exec->io, s->driver))
			return true;
	}
	return false;
}

/* A device that cannot be touched now, and why; its step is recorded as failed. */
static bool is_blocked(struct releasing *rel, struct vprep_step *s,
		       const struct vprep_holders *holders)
{
	_cleanup_free_ char *who = NULL;
	struct vprep_error err;

	if (is_still_stuck(rel, s)) {
		vprep_error_set(&err, VPREP_E_LEFT, EBUSY, s->device, "%s",
				s->reason ? s->reason : "the kernel still waits");
		note_failure(rel, &err, -EBUSY);
		return true;
	}
	if (is_held(holders, s->group, &who)) {
		fail_held(rel, s, who);
		return true;
	}
	return false;
}

/* A newer bind of the same device that is not undone yet, or could not be. */
static bool has_newer(const struct releasing *rel, size_t i)
{
	const struct vprep_steps *steps = steps_of(rel);
	size_t k;

	for (k = i + 1; k < steps->n; k++)
		if (rel->picked[k] && is_bind(&steps->items[k]) &&
		    vprep_step_is_live(&steps->items[k]) &&
		    streq(steps->items[k].device, steps->items[i].device))
			return true;
	return false;
}

/* A device that was bound twice goes back the same way, so one bind of each at a time.
 * @tried has those that had their turn. */
static size_t next_round(struct releasing *rel, const struct vprep_holders *holders,
			 bool *tried, size_t *indices)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i, n = 0;

	for (i = 0; i < steps->n; i++) {
		if (!rel->picked[i] || tried[i] || !is_bind(&steps->items[i]) ||
		    has_newer(rel, i))
			continue;
		tried[i] = true;
		if (!is_blocked(rel, &steps->items[i], holders))
			indices[n++] = i;
	}
	return n;
}

static int undo_binds(struct releasing *rel)
{
	const struct vprep_run run = {
		.work = vprep_bind_undo,
		.mark = VPREP_STEP_UNDONE,
		.deadline = rel->exec->config->deadlines[VPREP_DEADLINE_UNBIND],
	};
	size_t n = steps_of(rel)->n;
	_cleanup_free_ size_t *indices = calloc(n + 1, sizeof(*indices));
	_cleanup_free_ bool *tried = calloc(n + 1, sizeof(*tried));
	struct vprep_holders holders = { 0 };
	struct vprep_error err = { 0 };
	int r;

	if (!indices || !tried)
		return -ENOMEM;
	r = may_be_held(rel) ? wait_for_holders(rel, &holders) : 0;
	if (r < 0)
		return r;
	while ((n = next_round(rel, &holders, tried, indices)) > 0) {
		r = vprep_run_steps(rel->exec, &run, indices, n, &err);
		if (r < 0)
			note_failure(rel, &err, r);
	}
	vprep_holders_done(&holders);
	return 0;
}

/* The rule, the node and the claim of a group stay while one of its devices is not back. */
static void keep_failed_groups(struct releasing *rel)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i, k;

	for (i = 0; i < steps->n; i++) {
		if (!rel->picked[i] || !is_bind(&steps->items[i]) ||
		    !vprep_step_is_live(&steps->items[i]))
			continue;
		for (k = 0; k < steps->n; k++)
			if (steps->items[k].group == steps->items[i].group)
				rel->kept[k] = true;
	}
}

static bool is_to_undo(const struct releasing *rel, size_t i, enum vprep_step_kind kind)
{
	return rel->picked[i] && !rel->kept[i] && steps_of(rel)->items[i].kind == kind;
}

static void undo_kind(struct releasing *rel, enum vprep_step_kind kind,
		      int (*undo)(const struct vprep_exec *, const struct vprep_step *,
				  struct vprep_error *))
{
	struct vprep_steps *steps = steps_of(rel);
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

static void reload_udevd(const struct releasing *rel)
{
	int r = vprep_udevd_is_running(rel->exec->io) ? vprep_udevd_reload(rel->exec->io)
						      : 0;

	if (r < 0)
		vprep_exec_log(rel->exec, VPREP_LOG_WARNING,
			       "cannot tell udevd to reload its rules: %s", strerror(-r));
}

static bool has_to_undo(const struct releasing *rel, enum vprep_step_kind kind)
{
	size_t i;

	for (i = 0; i < steps_of(rel)->n; i++)
		if (is_to_undo(rel, i, kind))
			return true;
	return false;
}

static void tell_placeholders(const struct releasing *rel)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->picked[i] && steps->items[i].kind == VPREP_STEP_CLAIM &&
		    steps->items[i].group >= 0 &&
		    is_group_claimed(rel, steps->items[i].group))
			vprep_exec_log(
				rel->exec, VPREP_LOG_NOTICE,
				"%s keeps its driver as a placeholder until the last "
				"device of IOMMU group %" PRId64 " is given back",
				steps->items[i].device, steps->items[i].group);
}

/* The marks of a release have served once the device's claim is gone. */
static void finish_marks(struct releasing *rel)
{
	struct vprep_steps *steps = steps_of(rel);
	size_t i, k;

	for (i = 0; i < steps->n; i++) {
		bool claimed = false;

		if (steps->items[i].kind != VPREP_STEP_RELEASE ||
		    !vprep_step_is_live(&steps->items[i]))
			continue;
		for (k = 0; k < steps->n && !claimed; k++)
			claimed = is_live_claim(&steps->items[k]) &&
				  streq(steps->items[k].device, steps->items[i].device);
		if (!claimed)
			mark(rel, &steps->items[i], VPREP_STEP_DONE);
	}
}

static int release(struct releasing *rel)
{
	bool rules;
	int r;

	pick_steps(rel);
	tell_placeholders(rel);
	r = undo_binds(rel);
	if (r < 0)
		return vprep_error_set(rel->err, VPREP_E_LEFT, -r, NULL, "%s",
				       strerror(-r));
	keep_failed_groups(rel);
	rules = has_to_undo(rel, VPREP_STEP_UDEV_RULE);
	undo_kind(rel, VPREP_STEP_UDEV_RULE, vprep_rule_undo);
	if (rules)
		reload_udevd(rel);
	undo_kind(rel, VPREP_STEP_NODE_PERMISSION, vprep_node_undo);
	undo_kind(rel, VPREP_STEP_CLAIM, NULL);
	finish_marks(rel);
	return rel->result;
}

int vprep_exec_release(struct vprep_exec *exec, vprep_claim_filter wanted,
		       const void *data, unsigned patience, struct vprep_error *err)
{
	size_t n = exec->journal->steps.n;
	_cleanup_free_ bool *picked = calloc(n + 1, sizeof(*picked));
	_cleanup_free_ bool *kept = calloc(n + 1, sizeof(*kept));
	struct releasing rel = { .exec = exec,
				 .picked = picked,
				 .kept = kept,
				 .patience = patience,
				 .err = err };

	if (!picked || !kept)
		return vprep_error_oom(err);
	pick_claims(&rel, wanted, data);
	return release(&rel);
}

int vprep_exec_clean_stale(struct vprep_exec *exec, struct vprep_error *err)
{
	struct vprep_steps *steps = &exec->journal->steps;
	size_t i;
	int r;

	for (i = steps->n; i-- > 0;) {
		struct vprep_step *s = &steps->items[i];

		if (!vprep_step_is_live(s))
			continue;
		r = s->kind == VPREP_STEP_UDEV_RULE ? vprep_rule_undo(exec, s, err) : 0;
		if (r == 0)
			r = vprep_exec_mark(exec, s,
					    s->kind == VPREP_STEP_RELEASE
						    ? VPREP_STEP_DONE
						    : VPREP_STEP_UNDONE);
		if (r < 0)
			return r;
	}
	return 0;
}
