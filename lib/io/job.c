// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "io/child.h"

#define POLL_MS 100	  /* how late an interruption may be noticed */
#define KILL_GRACE_MS 300 /* how long a killed child may take to die */
#define QUIET_MS 5	  /* when no job has ended for so long, the kernel is waiting */

struct report {
	int result;
	struct vprep_error err;
};

#define NONE SIZE_MAX

/* What a child is to do next. It ends after the last job that was still to be started. */
struct order {
	size_t job;
	bool is_last;
};

/* A child that does one job after the other: it knows the first one, and gets the orders
 * for others by its socket. A packet is one write, so that each side reads all of it or
 * nothing. */
struct worker {
	pid_t pid;
	int fd;	      /* -1: there is none */
	size_t job;   /* NONE: it waits for one */
	bool is_done; /* the order that it has is the last one */
};

struct runner {
	struct vprep_io *io;
	struct vprep_jobs *jobs;
	struct worker *workers;
	struct pollfd *reports; /* the socket of each worker that has a job; else -1 */
	size_t n_workers;	/* room for so many */
	size_t limit;		/* so many may have a job at once, up to @n_workers */
	size_t first;		/* the jobs before it are started */
	unsigned n_running;
	bool serial_running;
	bool stopped;
};

static void __attribute__((noreturn))
run_worker(const struct runner *r, int fd, pid_t parent, struct order order)
{
	vprep_child_isolate(r->io, fd, r->jobs->hold, parent);
	r->io->is_child = true;
	do {
		struct vprep_job *job = &r->jobs->jobs[order.job];
		struct report report = { 0 };

		report.result = job->run(r->io, job->data, &report.err);
		if (write(fd, &report, sizeof(report)) != sizeof(report))
			_exit(1);
	} while (!order.is_last && read(fd, &order, sizeof(order)) == sizeof(order));
	_exit(0);
}

static int start_worker(struct runner *r, struct worker *worker, struct order order)
{
	_cleanup_close_ int mine = -1, its = -1;
	pid_t parent = getpid();
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	mine = fds[0];
	its = fds[1];
	if (vprep_fd_above_stdio(&its) < 0)
		return -EMFILE;
	worker->pid = fork();
	if (worker->pid < 0)
		return -errno;
	if (worker->pid == 0)
		run_worker(r, its, parent, order);
	worker->fd = TAKE_FD(mine);
	return 0;
}

/* The socket is closed, so that a child which waits for an order ends. To close the fd is
 * not enough: what another thread of the program forked meanwhile has a copy. */
static void lose_worker(struct worker *worker)
{
	if (!worker->is_done)
		shutdown(worker->fd, SHUT_RDWR);
	close(worker->fd);
	worker->fd = -1;
	worker->job = NONE;
}

/* One that waits for a job, or else room for a new one. */
static size_t find_worker(const struct runner *r)
{
	size_t i, room = 0;

	for (i = 0; i < r->n_workers; i++) {
		if (r->workers[i].fd < 0)
			room = i;
		else if (r->workers[i].job == NONE)
			return i;
	}
	return room;
}

static int send_order(struct runner *r, struct worker *worker, struct order order)
{
	int err = 0;

	if (send(worker->fd, &order, sizeof(order), MSG_NOSIGNAL) != sizeof(order)) {
		err = -errno;
		vprep_child_wait_later(r->io, worker->pid);
		lose_worker(worker);
	}
	return err;
}

/* Whether all other jobs were started. */
static bool is_last(const struct runner *r, size_t job)
{
	size_t i;

	for (i = r->first; i < r->jobs->n; i++)
		if (i != job && !r->jobs->jobs[i].started)
			return false;
	return true;
}

static int start_job(struct runner *r, size_t i)
{
	const struct order order = { i, is_last(r, i) };
	size_t w = find_worker(r);
	struct worker *worker = &r->workers[w];
	struct vprep_job *job = &r->jobs->jobs[i];
	int err = worker->fd < 0 ? start_worker(r, worker, order)
				 : send_order(r, worker, order);

	if (err < 0)
		return err;
	worker->job = i;
	worker->is_done = order.is_last;
	job->pid = worker->pid;
	job->since = vprep_now_ms();
	job->end = job->since + (int64_t)job->deadline * 1000;
	r->reports[w] = (struct pollfd){ .fd = worker->fd, .events = POLLIN };
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
static size_t next_job(struct runner *r)
{
	const struct vprep_job *jobs = r->jobs->jobs;
	size_t i;

	while (r->first < r->jobs->n && jobs[r->first].started)
		r->first++;
	for (i = r->first; i < r->jobs->n; i++)
		if (!jobs[i].started && !(jobs[i].serial && r->serial_running))
			break;
	return i;
}

static void start_jobs(struct runner *r)
{
	while (!r->stopped && r->n_running < r->limit) {
		size_t i = next_job(r);
		struct vprep_job *job = &r->jobs->jobs[i];
		int err;

		if (i == r->jobs->n)
			return;
		err = start_job(r, i);
		if (err < 0 && r->n_running > 0)
			return; /* for a child that is there, once it has ended its job */
		job->started = true;
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

/* The job that the worker had; it may have another one. */
static struct vprep_job *take_job(struct runner *r, size_t w)
{
	struct vprep_job *job = &r->jobs->jobs[r->workers[w].job];

	r->workers[w].job = NONE;
	r->reports[w].fd = -1;
	r->n_running--;
	return job;
}

/* Reads the socket of a worker that has reported, or has ended without a report. */
static void collect(struct runner *r, size_t w)
{
	struct worker *worker = &r->workers[w];
	struct vprep_job *job = take_job(r, w);
	struct report report = { .result = -EIO };
	ssize_t n;
	int status;

	do
		n = read(worker->fd, &report, sizeof(report));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(report)) {
		job->err = report.err;
		if (job->serial) { /* the next serial job begins when it is gone */
			lose_worker(worker);
			vprep_child_wait(worker->pid);
		}
	} else {
		status = vprep_child_wait(worker->pid);
		lose_worker(worker);
		vprep_error_set(&job->err, VPREP_E_FAILED, EIO, NULL,
				"the child process ended without a report (%s %d)",
				WIFSIGNALED(status) ? "signal" : "status",
				WIFSIGNALED(status) ? WTERMSIG(status)
						    : WEXITSTATUS(status));
	}
	job_ended(r, job, report.result);
}

static bool reap_killed(pid_t pid)
{
	int64_t end = vprep_now_ms() + KILL_GRACE_MS;

	vprep_child_kill(pid);
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
static void expire(struct runner *r, size_t w)
{
	struct vprep_job *job = take_job(r, w);

	if (vprep_process_start(r->io, job->pid, &job->pid_start) < 0)
		job->pid_start = 0;
	job->stuck = !reap_killed(job->pid);
	vprep_error_set(&job->err, VPREP_E_FAILED, ETIMEDOUT, NULL,
			"the kernel did not finish within %u s", job->deadline);
	lose_worker(&r->workers[w]);
	job_ended(r, job, -ETIMEDOUT);
}

static size_t twice(size_t n, size_t most)
{
	return 2 * n < most ? 2 * n : most;
}

/*
 * To start a worker takes longer than many a job. So there are at first as many as keep
 * the processors busy, and more when the jobs do not need a processor, but wait.
 */
static size_t first_limit(size_t n_workers)
{
	cpu_set_t cpus;
	size_t n = 1;

	if (n_workers <= 2)
		return n_workers;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		n = (size_t)CPU_COUNT(&cpus);
	return twice(n, n_workers);
}

static bool may_grow(const struct runner *r)
{
	return r->limit < r->n_workers && r->first < r->jobs->n;
}

static int poll_timeout(const struct runner *r)
{
	int64_t now = vprep_now_ms(), wait = may_grow(r) ? QUIET_MS : POLL_MS;
	size_t i;

	for (i = 0; i < r->n_workers; i++) {
		int64_t left = r->workers[i].job == NONE
				       ? wait
				       : r->jobs->jobs[r->workers[i].job].end - now;

		if (left < wait)
			wait = left < 0 ? 0 : left;
	}
	return (int)wait;
}

static void note_interruption(struct runner *r)
{
	if (r->jobs->interrupted && r->jobs->interrupted(r->jobs->interrupted_data))
		r->stopped = true;
}

static void tell_watcher(const struct runner *r)
{
	if (r->jobs->watch)
		r->jobs->watch(r->jobs);
}

static void wait_for_some(struct runner *r)
{
	int n = poll(r->reports, r->n_workers, poll_timeout(r));
	size_t i;

	for (i = 0; i < r->n_workers; i++) {
		if (r->reports[i].fd < 0)
			continue;
		if (n > 0 && r->reports[i].revents)
			collect(r, i);
		else if (vprep_now_ms() >= r->jobs->jobs[r->workers[i].job].end)
			expire(r, i);
	}
	if (n == 0 && may_grow(r))
		r->limit = twice(r->limit, r->n_workers);
	note_interruption(r);
}

/* The workers have nothing more to do, and end by themselves. */
static void dismiss(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->n_workers; i++) {
		if (r->workers[i].fd < 0)
			continue;
		vprep_child_wait_later(r->io, r->workers[i].pid);
		lose_worker(&r->workers[i]);
	}
	vprep_child_reap(r->io);
}

static int result_of(const struct vprep_jobs *jobs)
{
	size_t i;

	for (i = 0; i < jobs->n; i++) {
		if (!jobs->jobs[i].finished)
			return -ECANCELED;
		if (jobs->jobs[i].result < 0)
			return jobs->jobs[i].result;
	}
	return 0;
}

int vprep_jobs_run(struct vprep_io *io, struct vprep_jobs *jobs)
{
	size_t parallel = jobs->parallel ? jobs->parallel : 1;
	size_t n = jobs->n < parallel ? jobs->n : parallel;
	_cleanup_free_ struct pollfd *reports = calloc(n + 1, sizeof(*reports));
	_cleanup_free_ struct worker *workers = calloc(n + 1, sizeof(*workers));
	struct runner r = { .io = io,
			    .jobs = jobs,
			    .workers = workers,
			    .reports = reports,
			    .n_workers = n,
			    .limit = first_limit(n) };
	size_t i;

	if (!reports || !workers)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		workers[i] = (struct worker){ .fd = -1, .job = NONE };
		reports[i].fd = -1;
	}
	note_interruption(&r);
	start_jobs(&r);
	tell_watcher(&r);
	while (r.n_running > 0) {
		wait_for_some(&r);
		start_jobs(&r);
		tell_watcher(&r);
	}
	give_up_blocked(&r);
	dismiss(&r);
	return result_of(jobs);
}
