// SPDX-License-Identifier: GPL-2.0-or-later
#include "exec/exec.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "exec/run.h"
#include "step/step.h"

struct doing {
	struct vprep_step_context *exec;
	size_t first;
	struct vprep_udevd_monitor *monitor; /* NULL: udevd does not run */
	bool rules;			     /* some were written */
};

/* The indices of the request's steps of one kind, or of two. */
static int collect(const struct doing *d, enum vprep_step_kind a, enum vprep_step_kind b,
		   size_t **ret, size_t *ret_n)
{
	const struct vprep_steps *steps = &d->exec->journal->steps;
	size_t *indices = calloc(steps->n - d->first + 1, sizeof(*indices));
	size_t i, n = 0;

	if (!indices)
		return -ENOMEM;
	for (i = d->first; i < steps->n; i++)
		if (steps->items[i].kind == a || steps->items[i].kind == b)
			indices[n++] = i;
	*ret = indices;
	*ret_n = n;
	return 0;
}

static int run_kind(const struct doing *d, enum vprep_step_kind a, enum vprep_step_kind b,
		    int (*work)(struct vprep_io *, void *, struct vprep_error *),
		    enum vprep_deadline deadline, struct vprep_error *err)
{
	const struct vprep_run run = {
		.work = work,
		.mark = VPREP_STEP_DONE,
		.deadline = d->exec->config->deadlines[deadline],
		.stop_on_failure = true,
	};
	_cleanup_free_ size_t *indices = NULL;
	size_t n;

	if (collect(d, a, b, &indices, &n) < 0)
		return vprep_error_oom(err);
	return vprep_run_steps(d->exec, &run, indices, n, err);
}

/* What somebody else may have made first: @failed tells whether it is to be undone. */
static int run_making(const struct doing *d, enum vprep_step_kind kind,
		      int (*work)(struct vprep_io *, void *, struct vprep_error *),
		      void (*failed)(struct vprep_step_context *, struct vprep_step *,
				     int),
		      enum vprep_deadline deadline, struct vprep_error *err)
{
	const struct vprep_run run = {
		.work = work,
		.mark = VPREP_STEP_DONE,
		.failed = failed,
		.deadline = d->exec->config->deadlines[deadline],
		.stop_on_failure = true,
	};
	_cleanup_free_ size_t *indices = NULL;
	size_t n;

	if (collect(d, kind, kind, &indices, &n) < 0)
		return vprep_error_oom(err);
	return vprep_run_steps(d->exec, &run, indices, n, err);
}

static int make_mdevs(const struct doing *d, struct vprep_error *err)
{
	int r = run_making(d, VPREP_STEP_MDEV_CREATE, vprep_mdev_do, vprep_mdev_failed,
			   VPREP_DEADLINE_MDEV, err);

	return r < 0 ? r : vprep_mdevs_note(d->exec, d->first, err);
}

static int mark_done(const struct doing *d, struct vprep_step *step,
		     struct vprep_error *err)
{
	int r = vprep_step_mark(d->exec, step, VPREP_STEP_DONE);

	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot write the journal: %s", strerror(-r))
		     : 0;
}

static int write_rules(struct doing *d, struct vprep_error *err)
{
	struct vprep_steps *steps = &d->exec->journal->steps;
	size_t i;
	int r;

	for (i = d->first; i < steps->n; i++) {
		if (steps->items[i].kind != VPREP_STEP_UDEV_RULE)
			continue;
		d->rules = true;
		r = vprep_rule_do(d->exec, &steps->items[i], err);
		if (r == 0)
			r = mark_done(d, &steps->items[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * After the nodes' events, not before them: udevd reads all its rules again, which takes
 * it longer than binding a device, and handles no event meanwhile. A node that it handled
 * without its new rule was given away directly; from here on the rule holds.
 */
static void reload_rules(const struct doing *d)
{
	int r = d->rules && d->monitor ? vprep_udevd_reload(d->exec->io) : 0;

	if (r < 0)
		vprep_step_log(d->exec, VPREP_LOG_WARNING,
			       "cannot tell udevd to reload its rules: %s", strerror(-r));
}

static int finish_claims(struct doing *d, struct vprep_error *err)
{
	struct vprep_steps *steps = &d->exec->journal->steps;
	size_t i;
	int r;

	if (d->exec->interrupted && d->exec->interrupted(d->exec->interrupted_data))
		return vprep_error_set(
			err, VPREP_E_FAILED, EINTR, NULL,
			"interrupted by a signal; everything was rolled back");
	for (i = d->first; i < steps->n; i++) {
		if (steps->items[i].kind != VPREP_STEP_CLAIM)
			continue;
		r = mark_done(d, &steps->items[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int do_steps(struct doing *d, struct vprep_error *err)
{
	int r;

	r = run_kind(d, VPREP_STEP_MODULE_LOAD, VPREP_STEP_MODULE_LOAD, vprep_module_do,
		     VPREP_DEADLINE_MODULE, err);
	if (r == 0)
		r = write_rules(d, err);
	if (r == 0)
		r = make_mdevs(d, err);
	if (r == 0)
		r = run_kind(d, VPREP_STEP_VF_CONFIG, VPREP_STEP_VF_CONFIG, vprep_vf_do,
			     VPREP_DEADLINE_BIND, err);
	if (r == 0)
		r = run_kind(d, VPREP_STEP_DRIVER_BIND, VPREP_STEP_PLACEHOLDER_BIND,
			     vprep_bind_do, VPREP_DEADLINE_BIND, err);
	if (r == 0)
		r = vprep_nodes_do(d->exec, d->monitor, d->first, err);
	if (r == 0)
		r = vprep_cdevs_do(d->exec, d->first, err);
	if (r < 0)
		return r;
	reload_rules(d);
	return finish_claims(d, err);
}

int vprep_exec_do(struct vprep_step_context *exec, size_t first, struct vprep_error *err)
{
	_cleanup_(vprep_udevd_monitor_freep) struct vprep_udevd_monitor *monitor = NULL;
	struct doing d = { .exec = exec, .first = first };
	int r;

	if (vprep_udevd_is_running(exec->io)) {
		/* before anything is bound, so that no event is missed */
		r = vprep_udevd_monitor_new("vfio", &monitor);
		if (r < 0)
			return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
					       "cannot listen to udevd: %s",
					       strerror(-r));
		d.monitor = monitor;
	}
	return do_steps(&d, err);
}

int vprep_exec_make_vfs(struct vprep_step_context *exec, size_t first,
			struct vprep_error *err)
{
	const struct doing d = { .exec = exec, .first = first };

	return run_kind(&d, VPREP_STEP_NUMVFS, VPREP_STEP_NUMVFS, vprep_numvfs_do,
			VPREP_DEADLINE_NUMVFS, err);
}

int vprep_exec_make_vports(struct vprep_step_context *exec, size_t first,
			   struct vprep_error *err)
{
	const struct doing d = { .exec = exec, .first = first };

	return run_making(&d, VPREP_STEP_VPORT_CREATE, vprep_vport_do, vprep_vport_failed,
			  VPREP_DEADLINE_BIND, err);
}
