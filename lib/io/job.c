// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "io/child.h"

#define POLL_MS 100	  /* how late an interruption may be noticed */
#define KILL_GRACE_MS 300 /* how long a killed child may take to die */

struct report {
	int result;
	struct vprep_error err;
};

/* A report is one write, so that the parent reads all of it or nothing. */
_Static_assert(sizeof(struct report) <= 4096, "larger than PIPE_BUF");

struct runner {
	struct vprep_io *io;
	struct vprep_jobs *jobs;
	struct pollfd *reports; /* the pipe of each job; -1: it does not run */
	unsigned n_running;
	bool serial_running;
	bool stopped;
};

static void __attribute__((noreturn))
run_child(const struct runner *r, struct vprep_job *job, int pipe, pid_t parent)
{
	struct report report = { 0 };

	vprep_child_isolate(r->io, pipe, r->jobs->hold, parent);
	report.result = job->run(r->io, job->data, &report.err);
	_exit(write(pipe, &report, sizeof(report)) == sizeof(report) ? 0 : 1);
}

static int start_job(struct runner *r, size_t i)
{
	_cleanup_close_ int from = -1, to = -1;
	struct vprep_job *job = &r->jobs->jobs[i];
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	from = fds[0];
	to = fds[1];
	if (vprep_fd_above_stdio(&to) < 0)
		return -EMFILE;
	job->pid = fork();
	if (job->pid < 0)
		return -errno;
	if (job->pid == 0)
		run_child(r, job, to, parent);
	job->end = vprep_now_ms() + (int64_t)job->deadline * 1000;
	r->reports[i] = (struct pollfd){ .fd = TAKE_FD(from), .events = POLLIN };
	r->n_running++;
	r->serial_running |= job->serial;
	return 0;
}

static void job_ended(struct runner *r, struct vprep_job *job, int result)
{
	job->finished = true;
	job->result = result;
	if (job->serial && !job->stuck)
		r->serial_running = false;
	if (r->jobs->done && r->jobs->done(job, r->jobs->data) < 0)
		r->stopped = true;
}

/* The next job that may start now, or their number; a serial one waits while another one
 * runs. */
static size_t next_job(const struct runner *r)
{
	const struct vprep_job *jobs = r->jobs->jobs;
	size_t i = 0;

	while (i < r->jobs->n &&
	       (jobs[i].started || (jobs[i].serial && r->serial_running)))
		i++;
	return i;
}

static void start_jobs(struct runner *r)
{
	unsigned parallel = r->jobs->parallel ? r->jobs->parallel : 1;

	while (!r->stopped && r->n_running < parallel) {
		size_t i = next_job(r);
		struct vprep_job *job = &r->jobs->jobs[i];
		int err;

		if (i == r->jobs->n)
			return;
		job->started = true;
		err = start_job(r, i);
		if (err < 0) {
			vprep_error_set(&job->err, VPREP_E_FAILED, -err, NULL,
					"cannot start a child process: %s",
					strerror(-err));
			job_ended(r, job, err);
		}
	}
}

/* When the kernel does not let go of a serial job, those behind it are not tried. */
static void give_up_blocked(struct runner *r)
{
	size_t i;

	r->serial_running = false;
	while (!r->stopped && (i = next_job(r)) < r->jobs->n) {
		struct vprep_job *job = &r->jobs->jobs[i];

		job->started = true;
		vprep_error_set(
			&job->err, VPREP_E_FAILED, EBUSY, NULL,
			"not tried: another device of the same driver is stuck in "
			"the kernel");
		job_ended(r, job, -EBUSY);
	}
}

static void close_report(struct runner *r, size_t i)
{
	close(r->reports[i].fd);
	r->reports[i].fd = -1;
	r->n_running--;
}

/* Reads the pipe of a child that has reported, or has ended without a report. */
static void collect(struct runner *r, size_t i)
{
	struct vprep_job *job = &r->jobs->jobs[i];
	struct report report = { .result = -EIO };
	ssize_t n;
	int status;

	do
		n = read(r->reports[i].fd, &report, sizeof(report));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(report)) {
		job->err = report.err;
		if (job->serial) /* the next serial job begins when it is gone */
			vprep_child_wait(job->pid);
		else
			vprep_child_wait_later(r->io, job->pid);
	} else {
		status = vprep_child_wait(job->pid);
		vprep_error_set(&job->err, VPREP_E_FAILED, EIO, NULL,
				"the child process ended without a report (%s %d)",
				WIFSIGNALED(status) ? "signal" : "status",
				WIFSIGNALED(status) ? WTERMSIG(status)
						    : WEXITSTATUS(status));
	}
	close_report(r, i);
	job_ended(r, job, report.result);
}

static bool reap_killed(pid_t pid)
{
	int64_t end = vprep_now_ms() + KILL_GRACE_MS;

	kill(pid, SIGKILL);
	for (;;) {
		pid_t got = waitpid(pid, NULL, WNOHANG);

		if (got == pid || (got < 0 && errno == ECHILD))
			return true;
		if (vprep_now_ms() >= end)
			return false;
		vprep_sleep_ms(2);
	}
}

/* The deadline is over, see I3. */
static void expire(struct runner *r, size_t i)
{
	struct vprep_job *job = &r->jobs->jobs[i];

	if (vprep_process_start(r->io, job->pid, &job->pid_start) < 0)
		job->pid_start = 0;
	job->stuck = !reap_killed(job->pid);
	vprep_error_set(&job->err, VPREP_E_FAILED, ETIMEDOUT, NULL,
			"the kernel did not finish within %u s", job->deadline);
	close_report(r, i);
	job_ended(r, job, -ETIMEDOUT);
}

static int poll_timeout(const struct runner *r)
{
	int64_t now = vprep_now_ms(), wait = POLL_MS;
	size_t i;

	for (i = 0; i < r->jobs->n; i++) {
		int64_t left = r->jobs->jobs[i].end - now;

		if (r->reports[i].fd >= 0 && left < wait)
			wait = left < 0 ? 0 : left;
	}
	return (int)wait;
}

static void note_interruption(struct runner *r)
{
	if (r->jobs->interrupted && r->jobs->interrupted(r->jobs->interrupted_data))
		r->stopped = true;
}

static void wait_for_some(struct runner *r)
{
	int n = poll(r->reports, r->jobs->n, poll_timeout(r));
	size_t i;

	for (i = 0; i < r->jobs->n; i++) {
		if (r->reports[i].fd < 0)
			continue;
		if (n > 0 && r->reports[i].revents)
			collect(r, i);
		else if (vprep_now_ms() >= r->jobs->jobs[i].end)
			expire(r, i);
	}
	note_interruption(r);
}

int vprep_jobs_run(struct vprep_io *io, struct vprep_jobs *jobs)
{
	_cleanup_free_ struct pollfd *reports = calloc(jobs->n + 1, sizeof(*reports));
	struct runner r = { .io = io, .jobs = jobs, .reports = reports };
	size_t i;

	if (!reports)
		return -ENOMEM;
	for (i = 0; i < jobs->n; i++)
		reports[i].fd = -1;
	note_interruption(&r);
	start_jobs(&r);
	while (r.n_running > 0) {
		wait_for_some(&r);
		start_jobs(&r);
	}
	give_up_blocked(&r);
	vprep_child_reap(io);
	for (i = 0; i < jobs->n; i++) {
		if (!jobs->jobs[i].finished)
			return -ECANCELED;
		if (jobs->jobs[i].result < 0)
			return jobs->jobs[i].result;
	}
	return 0;
}
