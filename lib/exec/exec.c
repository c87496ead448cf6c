// SPDX-License-Identifier: GPL-2.0-or-later
#include "exec/exec.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "exec/run.h"
#include "udev/udevd.h"

struct doing {
	struct vprep_step_context *context;
	size_t first;
};

/* A step of the request that is of the kind, or shares its work, and is to be done. */
static bool is_to_do(const struct doing *d, size_t i, const struct vprep_step_kind *kind)
{
	const struct vprep_step *s = &d->context->journal->steps.items[i];

	return s->state == VPREP_STEP_INTENT && vprep_kinds_share_work(s->kind, kind);
}

static bool has_to_do(const struct doing *d, const struct vprep_step_kind *kind)
{
	size_t i;

	for (i = d->first; i < d->context->journal->steps.n; i++)
		if (is_to_do(d, i, kind))
			return true;
	return false;
}

static int mark_all(const struct doing *d, struct vprep_step *const *steps, size_t n,
		    enum vprep_step_state state, struct vprep_error *err)
{
	int r = vprep_step_mark_all(d->context, steps, n, state);

	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, steps[0]->device,
				       "cannot write the journal: %s", strerror(-r))
		     : 0;
}

static int mark_done(const struct doing *d, struct vprep_step *const *steps, size_t n,
		     struct vprep_error *err)
{
	return mark_all(d, steps, n, VPREP_STEP_DONE, err);
}

static int do_in_children(const struct doing *d, const struct vprep_step_kind *kind,
			  struct vprep_error *err)
{
	size_t i, n = 0, n_steps = d->context->journal->steps.n;
	_cleanup_free_ size_t *indices = calloc(n_steps, sizeof(*indices));

	if (!indices)
		return vprep_error_oom(err);
	for (i = d->first; i < n_steps; i++)
		if (is_to_do(d, i, kind))
			indices[n++] = i;
	return vprep_run_steps(d->context, VPREP_DO, indices, n, err);
}

static int do_here(const struct doing *d, const struct vprep_step_kind *kind,
		   struct vprep_error *err)
{
	struct vprep_steps *steps = &d->context->journal->steps;
	_cleanup_free_ struct vprep_step **done =
		calloc(steps->n + 1, sizeof(struct vprep_step *));
	size_t i, n = 0;
	int marked, r = 0;

	if (!done)
		return vprep_error_oom(err);
	for (i = d->first; r == 0 && i < steps->n; i++) {
		if (!is_to_do(d, i, kind))
			continue;
		r = kind->parent_do(d->context, &steps->items[i], err);
		if (r == 0)
			done[n++] = &steps->items[i];
	}
	marked = mark_done(d, done, n, r == 0 ? err : NULL);
	return r < 0 ? r : marked;
}

static int do_kind(const struct doing *d, const struct vprep_step_kind *kind,
		   struct vprep_error *err)
{
	int r;

	r = kind->before_all ? kind->before_all(d->context, d->first, err) : 0;
	if (r == 0)
		r = kind->child_do ? do_in_children(d, kind, err) : do_here(d, kind, err);
	if (r == 0 && kind->after_all)
		r = kind->after_all(d->context, d->first, err);
	return r;
}

static int do_steps(const struct doing *d, struct vprep_error *err)
{
	size_t k;
	int r = 0;

	for (k = 0; r == 0 && vprep_step_kinds[k]; k++) {
		const struct vprep_step_kind *kind = vprep_step_kinds[k];

		if ((kind->child_do || kind->parent_do) && has_to_do(d, kind))
			r = do_kind(d, kind, err);
	}
	return r;
}

static bool has_step(const struct doing *d, const struct vprep_step_kind *kind)
{
	const struct vprep_steps *steps = &d->context->journal->steps;
	size_t i;

	for (i = d->first; i < steps->n; i++)
		if (steps->items[i].kind == kind)
			return true;
	return false;
}

/* What kinds of steps do once all steps of the request are done. */
static int settle(const struct doing *d, struct vprep_error *err)
{
	size_t k;
	int r = 0;

	for (k = 0; r == 0 && vprep_step_kinds[k]; k++)
		if (vprep_step_kinds[k]->settle && has_step(d, vprep_step_kinds[k]))
			r = vprep_step_kinds[k]->settle(d->context, d->first, err);
	return r;
}

/* Before anything is done, so that no event is missed. */
static int listen_to_udevd(const struct doing *d, struct vprep_udevd_monitor **ret,
			   struct vprep_error *err)
{
	const char *subsystem = NULL;
	size_t k;
	int r;

	for (k = 0; !subsystem && vprep_step_kinds[k]; k++)
		if (vprep_step_kinds[k]->hears_udevd && has_to_do(d, vprep_step_kinds[k]))
			subsystem = vprep_step_kinds[k]->hears_udevd;
	if (!subsystem || !vprep_udevd_is_running(d->context->io))
		return 0;
	r = vprep_udevd_monitor_new(subsystem, ret);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot listen to udevd: %s", strerror(-r))
		     : 0;
}

int vprep_exec_do_but_claims(struct vprep_step_context *context, size_t first,
			     struct vprep_error *err)
{
	_cleanup_(vprep_udevd_monitor_freep) struct vprep_udevd_monitor *monitor = NULL;
	const struct doing d = { context, first };
	int r;

	r = listen_to_udevd(&d, &monitor, err);
	if (r < 0)
		return r;
	context->monitor = monitor;
	r = do_steps(&d, err);
	if (r == 0)
		r = settle(&d, err);
	context->monitor = NULL;
	return r;
}

/* Whether the step is of a kind that ends at once, or a claim that is there for one. */
static bool is_passing(const struct doing *d, const struct vprep_step *step)
{
	const struct vprep_steps *steps = &d->context->journal->steps;
	size_t i;

	for (i = d->first; i < steps->n; i++)
		if (steps->items[i].kind->is_passing &&
		    vprep_step_is_live(&steps->items[i]) &&
		    streq(steps->items[i].device, step->device))
			return step->kind->is_passing ||
			       (vprep_step_is_claim(step) && step->group < 0);
	return false;
}

int vprep_exec_do_passing(struct vprep_step_context *context, size_t first,
			  struct vprep_error *err)
{
	const struct doing d = { context, first };
	struct vprep_steps *steps = &context->journal->steps;
	_cleanup_free_ struct vprep_step **ended =
		calloc(steps->n + 1, sizeof(struct vprep_step *));
	size_t i, n = 0;
	int r;

	if (!ended)
		return vprep_error_oom(err);
	for (i = first; i < steps->n; i++)
		if (is_passing(&d, &steps->items[i]))
			ended[n++] = &steps->items[i];
	r = n > 0 ? vprep_exec_do_but_claims(context, first, err) : 0;
	return r < 0 || n == 0 ? r : mark_all(&d, ended, n, VPREP_STEP_UNDONE, err);
}

int vprep_exec_do(struct vprep_step_context *context, size_t first,
		  struct vprep_error *err)
{
	const struct doing d = { context, first };
	struct vprep_steps *steps = &context->journal->steps;
	_cleanup_free_ struct vprep_step **claims =
		calloc(steps->n + 1, sizeof(struct vprep_step *));
	size_t i, n = 0;
	int r;

	if (!claims)
		return vprep_error_oom(err);
	r = vprep_exec_do_but_claims(context, first, err);
	if (r < 0)
		return r;
	if (vprep_step_is_interrupted(context))
		return vprep_error_set(
			err, VPREP_E_FAILED, EINTR, NULL,
			"interrupted by a signal; everything was rolled back");
	for (i = first; i < steps->n; i++)
		if (vprep_step_is_live_claim(&steps->items[i]))
			claims[n++] = &steps->items[i];
	return mark_done(&d, claims, n, err);
}

int vprep_exec_clean_after_reboot(struct vprep_step_context *context,
				  struct vprep_error *err)
{
	struct vprep_steps *steps = &context->journal->steps;
	size_t i;
	int r;

	for (i = steps->n; i-- > 0;) {
		struct vprep_step *s = &steps->items[i];

		r = s->kind->survives_reboot && vprep_step_is_live(s) && !s->partial
			    ? s->kind->parent_undo(context, s, err)
			    : 0;
		if (r < 0)
			return r;
		/* not recorded: the file goes with the last of them, and this can be
		 * repeated */
		s->state = VPREP_STEP_UNDONE;
	}
	return 0;
}
