// SPDX-License-Identifier: GPL-2.0-or-later
#include "exec/run.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "io/job.h"

struct running {
	struct vprep_step_context *context;
	enum vprep_direction direction;
	struct vprep_job *jobs;
	const size_t *indices;
	struct vprep_error *err;
	int result;
};

static struct vprep_step *step_of(const struct running *running,
				  const struct vprep_job *job)
{
	return &running->context->journal->steps
			.items[running->indices[job - running->jobs]];
}

bool vprep_kinds_share_work(const struct vprep_step_kind *a,
			    const struct vprep_step_kind *b)
{
	return a == b || (a->child_undo && a->child_undo == b->child_undo);
}

static int run_do(struct vprep_io *io, void *data, struct vprep_error *err)
{
	const struct vprep_step *step = data;

	return step->kind->child_do(io, step, err);
}

static int run_undo(struct vprep_io *io, void *data, struct vprep_error *err)
{
	const struct vprep_step *step = data;

	return step->kind->child_undo(io, step, err);
}

/* Whether one of its drivers is to handle one device at a time. */
static bool is_serial(const struct vprep_step_context *context,
		      const struct vprep_step *step)
{
	static const char *const facts[] = { "driver", "was_driver" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(facts); i++) {
		const char *driver = vprep_step_text(step, facts[i]);

		if (driver && vprep_strv_has(context->config->serial_drivers, driver))
			return true;
	}
	return false;
}

/* What the kernel is waiting for, as far as it lets us see. */
static void explain_timeout(struct running *running, struct vprep_job *job,
			    const struct vprep_step *step)
{
	_cleanup_free_ char *stack = NULL;
	struct vprep_io *io = running->context->io;
	char *newline;

	vprep_error_set(&job->err, VPREP_E_FAILED, ETIMEDOUT, step->device,
			"%s: the kernel did not finish within %u s%s", step->device,
			job->deadline,
			job->stuck ? " and still waits (the device is in quarantine)"
				   : "");
	if (!job->stuck ||
	    vprep_io_read(io, VPREP_PROC, &stack, "%d/stack", (int)job->pid) < 0)
		return;
	newline = strchr(stack, '\n');
	if (newline)
		*newline = '\0';
	if (*stack)
		vprep_error_append(&job->err, ", in %s", stack);
}

static int record_failure(struct running *running, struct vprep_job *job,
			  struct vprep_step *step)
{
	const struct vprep_step_kind *kind = step->kind;
	bool doing = running->direction == VPREP_DO;

	if (job->result == -VPREP_STEP_CHANGED_MEANWHILE ||
	    job->result == -VPREP_STEP_LOOK_AGAIN)
		return vprep_step_mark(running->context, step, VPREP_STEP_UNDONE);
	if (doing && kind->left_nothing &&
	    kind->left_nothing(running->context->io, step, job->result))
		vprep_step_mark(running->context, step, VPREP_STEP_UNDONE);
	if (doing && !job->stuck)
		return 0;
	if (vprep_str_replace(&step->reason, job->err.message) < 0)
		return -ENOMEM;
	step->pid = job->stuck ? job->pid : -1;
	step->pid_start = job->stuck ? (int64_t)job->pid_start : -1;
	return vprep_step_mark(running->context, step, VPREP_STEP_FAILED);
}

static int job_ended(struct vprep_job *job, void *data)
{
	struct running *running = data;
	struct vprep_step *step = step_of(running, job);
	int r;

	if (job->result == -ETIMEDOUT)
		explain_timeout(running, job, step);
	if (job->result == 0) {
		if (job->err.message[0])
			vprep_step_log(running->context, VPREP_LOG_WARNING, "%s",
				       job->err.message);
		r = vprep_step_mark(running->context, step,
				    running->direction == VPREP_DO ? VPREP_STEP_DONE
								   : VPREP_STEP_UNDONE);
	} else {
		r = record_failure(running, job, step);
	}
	if (r < 0 && running->result == 0)
		running->result =
			vprep_error_set(running->err, VPREP_E_FAILED, -r, NULL,
					"cannot write the journal: %s", strerror(-r));
	if (job->result < 0 && running->result == 0) {
		running->result = job->result;
		if (running->err)
			*running->err = job->err;
	}
	return running->direction == VPREP_DO ? running->result : 0;
}

/* Steps that never started have nothing to undo, whatever their devices look like now. */
static void mark_never_started(struct running *running, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!running->jobs[i].started)
			vprep_step_mark(running->context,
					step_of(running, &running->jobs[i]),
					VPREP_STEP_UNDONE);
}

static const struct vprep_job *find_slowest(const struct vprep_jobs *jobs, unsigned *done)
{
	const struct vprep_job *slowest = NULL;
	size_t i;

	*done = 0;
	for (i = 0; i < jobs->n; i++) {
		const struct vprep_job *job = &jobs->jobs[i];

		if (job->finished)
			++*done;
		else if (job->started && (!slowest || job->since < slowest->since))
			slowest = job;
	}
	return slowest;
}

static void tell_progress(const struct vprep_jobs *jobs)
{
	const struct running *running = jobs->data;
	const struct vprep_step_context *context = running->context;
	struct vprep_progress progress = { .total = (unsigned)jobs->n };
	const struct vprep_job *slowest;

	if (!context->progress || jobs->n == 0)
		return;
	progress.work = step_of(running, jobs->jobs)->kind->name;
	progress.undoes = running->direction == VPREP_UNDO;
	slowest = find_slowest(jobs, &progress.done);
	if (slowest) {
		progress.device = step_of(running, slowest)->device;
		progress.milliseconds = (unsigned)(vprep_now_ms() - slowest->since);
	}
	context->progress(context->progress_data, &progress);
}

int vprep_run_steps(struct vprep_step_context *context, enum vprep_direction direction,
		    const size_t *indices, size_t n, struct vprep_error *err)
{
	_cleanup_free_ struct vprep_job *jobs = calloc(n + 1, sizeof(*jobs));
	bool doing = direction == VPREP_DO;
	struct running running = { context, direction, jobs, indices, err, 0 };
	struct vprep_jobs all = {
		.jobs = jobs,
		.n = n,
		.parallel = context->config->parallel,
		.hold = context->journal->work,
		.done = job_ended,
		.watch = tell_progress,
		.data = &running,
		/* what is being given back is given back, whoever presses Ctrl-C */
		.interrupted = doing ? context->interrupted : NULL,
		.interrupted_data = context->interrupted_data,
	};
	size_t i;
	int r;

	if (!jobs)
		return vprep_error_oom(err);
	for (i = 0; i < n; i++) {
		struct vprep_step *step = &context->journal->steps.items[indices[i]];

		jobs[i] = (struct vprep_job){
			.run = doing ? run_do : run_undo,
			.data = step,
			.serial = is_serial(context, step),
			.deadline =
				context->config
					->deadlines[doing ? step->kind->do_deadline
							  : step->kind->undo_deadline],
		};
	}
	r = vprep_jobs_run(context->io, &all);
	if (doing)
		mark_never_started(&running, n);
	if (running.result < 0)
		return running.result;
	if (r == -ECANCELED)
		return vprep_error_set(
			err, VPREP_E_FAILED, EINTR, NULL,
			"interrupted by a signal; everything was rolled back");
	return r < 0 ? vprep_error_oom(err) : 0;
}
