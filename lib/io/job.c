// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"

#define POLL_MS 100	  /* how late an interruption may be noticed */
#define KILL_GRACE_MS 300 /* how long a killed child may take to die */

struct report {
	int result;
	struct vprep_error err;
};

/* A report is one write, so that the parent reads all of it or nothing. */
_Static_assert(sizeof(struct report) <= 4096, "larger than PIPE_BUF");

struct running {
	struct vprep_job *job;
	int pipe;
	int64_t deadline; /* ms, monotonic */
};

struct runner {
	struct vprep_io *io;
	struct vprep_jobs *jobs;
	struct running *running;
	struct pollfd *polls;
	size_t n_running;
	size_t next;
	bool serial_running;
	bool stopped;
};

int vprep_process_start(const struct vprep_io *io, pid_t pid, uint64_t *ret)
{
	_cleanup_free_ char *stat = NULL;
	char *field, *state, *save;
	int i, r;

	r = vprep_io_read(io, VPREP_PROC, &stat, "%d/stat", (int)pid);
	if (r == -ENOENT)
		return -ESRCH;
	if (r < 0)
		return r;
	/* comm may hold anything, a ')' too: count fields from the last one */
	field = strrchr(stat, ')');
	if (!field || strlen(field) < 3)
		return -EIO;
	state = field + 2;
	if (*state == 'Z' || *state == 'X')
		return -ESRCH;
	field = strtok_r(state, " ", &save);
	for (i = 3; field && i < 22; i++)
		field = strtok_r(NULL, " ", &save);
	return field ? vprep_parse_u64(field, 10, UINT64_MAX, ret) : -EIO;
}

/* I1: what the child needs is the report pipe and the host's roots. */
static void close_inherited(const struct vprep_io *io, int pipe, int hold)
{
	unsigned keep[VPREP_ROOTS + 2], n = 0, i, j, from = 3;

	keep[n++] = (unsigned)pipe;
	if (hold > 0)
		keep[n++] = (unsigned)hold;
	for (i = 0; i < VPREP_ROOTS; i++)
		if (io->root[i] >= 0)
			keep[n++] = (unsigned)io->root[i];
	for (i = 1; i < n; i++)
		for (j = i; j > 0 && keep[j - 1] > keep[j]; j--) {
			unsigned t = keep[j];

			keep[j] = keep[j - 1];
			keep[j - 1] = t;
		}
	for (i = 0; i < n; i++) {
		if (keep[i] > from)
			close_range(from, keep[i] - 1, 0);
		if (keep[i] >= from)
			from = keep[i] + 1;
	}
	close_range(from, ~0u, 0);
}

static void isolate(const struct vprep_io *io, int pipe, int hold, pid_t parent)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	size_t i;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (i = 0; i < VPREP_ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		_exit(1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_inherited(io, pipe, hold);
}

static void run_child(const struct runner *r, struct vprep_job *job, int pipe,
		      pid_t parent) __attribute__((noreturn));

static void run_child(const struct runner *r, struct vprep_job *job, int pipe,
		      pid_t parent)
{
	struct report report = { 0 };

	isolate(r->io, pipe, r->jobs->hold, parent);
	report.result = job->run(r->io, job->data, &report.err);
	_exit(write(pipe, &report, sizeof(report)) == sizeof(report) ? 0 : 1);
}

static int start_job(struct runner *r, struct vprep_job *job)
{
	struct running *slot = &r->running[r->n_running];
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	if (vprep_fd_above_stdio(&fds[1]) < 0) {
		close(fds[0]);
		close(fds[1]);
		return -EMFILE;
	}
	job->pid = fork();
	if (job->pid < 0) {
		int saved = errno;

		close(fds[0]);
		close(fds[1]);
		return -saved;
	}
	if (job->pid == 0)
		run_child(r, job, fds[1], parent);
	close(fds[1]);
	*slot = (struct running){
		.job = job,
		.pipe = fds[0],
		.deadline = vprep_now_ms() + (int64_t)job->deadline * 1000,
	};
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

/* The next one that may start now; a serial one waits while another one runs. */
static struct vprep_job *next_job(struct runner *r)
{
	size_t i;

	for (i = r->next; i < r->jobs->n; i++) {
		struct vprep_job *job = &r->jobs->jobs[i];

		if (job->started || (job->serial && r->serial_running))
			continue;
		while (r->next < r->jobs->n &&
		       (r->next == i || r->jobs->jobs[r->next].started))
			r->next++;
		job->started = true;
		return job;
	}
	return NULL;
}

static void start_jobs(struct runner *r)
{
	unsigned parallel = r->jobs->parallel ? r->jobs->parallel : 1;

	while (!r->stopped && r->n_running < parallel) {
		struct vprep_job *job = next_job(r);
		int err;

		if (!job)
			return;
		err = start_job(r, job);
		if (err < 0) {
			vprep_error_set(&job->err, VPREP_E_FAILED, -err, NULL,
					"cannot start a child process: %s",
					strerror(-err));
			job_ended(r, job, err);
		}
	}
}

/* Behind a serial one that the kernel does not let go of, others have no turn. */
static void give_up_blocked(struct runner *r)
{
	struct vprep_job *job;

	r->serial_running = false;
	while (!r->stopped && (job = next_job(r))) {
		vprep_error_set(
			&job->err, VPREP_E_FAILED, EBUSY, NULL,
			"not tried: another device of the same driver is stuck in "
			"the kernel");
		job_ended(r, job, -EBUSY);
	}
}

static int wait_for_child(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void vprep_job_reap(struct vprep_io *io)
{
	if (io->detached > 0)
		waitpid(io->detached, NULL, WNOHANG);
	while (io->n_ended > 0) {
		wait_for_child(io->ended[--io->n_ended]);
	}
}

/* Those that are gone by now: a session may live long. */
static void reap_ended(struct vprep_io *io)
{
	size_t i, n = 0;

	for (i = 0; i < io->n_ended; i++)
		if (waitpid(io->ended[i], NULL, WNOHANG) == 0)
			io->ended[n++] = io->ended[i];
	io->n_ended = n;
}

/* The end of a process takes longer than its report; the next step need not wait for it. */
static void reap_later(struct vprep_io *io, pid_t pid)
{
	pid_t *ended = vprep_array_add(io->ended, io->n_ended);

	if (ended)
		*ended = pid;
	else
		wait_for_child(pid);
}

int vprep_job_detach(struct vprep_io *io, const char *path, char *const argv[])
{
	char *const environment[] = { NULL };
	pid_t pid;
	int null;

	if (io->detached >
	    0) /* the one before is over by now, or somebody else's to reap */
		waitpid(io->detached, NULL, WNOHANG);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		io->detached = pid;
		return 0;
	}
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		_exit(1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	signal(SIGPIPE, SIG_DFL);
	execve(path, argv, environment);
	_exit(127);
}

static void forget(struct runner *r, size_t i)
{
	close(r->running[i].pipe);
	r->running[i] = r->running[--r->n_running];
}

/* The pipe has something to say: a report, or the end of a child that made none. */
static void collect(struct runner *r, size_t i)
{
	struct vprep_job *job = r->running[i].job;
	struct report report = { .result = -EIO };
	ssize_t n;
	int status;

	do
		n = read(r->running[i].pipe, &report, sizeof(report));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(report)) {
		job->err = report.err;
		if (job->serial) /* the next one may count on its being gone */
			wait_for_child(job->pid);
		else
			reap_later(r->io, job->pid);
	} else {
		status = wait_for_child(job->pid);
		vprep_error_set(&job->err, VPREP_E_FAILED, EIO, NULL,
				"the child process ended without a report (%s %d)",
				WIFSIGNALED(status) ? "signal" : "status",
				WIFSIGNALED(status) ? WTERMSIG(status)
						    : WEXITSTATUS(status));
	}
	forget(r, i);
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

/* I3 */
static void expire(struct runner *r, size_t i)
{
	struct vprep_job *job = r->running[i].job;

	if (vprep_process_start(r->io, job->pid, &job->pid_start) < 0)
		job->pid_start = 0;
	job->stuck = !reap_killed(job->pid);
	vprep_error_set(&job->err, VPREP_E_FAILED, ETIMEDOUT, NULL,
			"the kernel did not finish within %u s", job->deadline);
	forget(r, i);
	job_ended(r, job, -ETIMEDOUT);
}

static int poll_timeout(const struct runner *r)
{
	int64_t now = vprep_now_ms(), wait = POLL_MS;
	size_t i;

	for (i = 0; i < r->n_running; i++) {
		int64_t left = r->running[i].deadline - now;

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

static void wait_for_some(struct runner *r)
{
	size_t i;
	int n;

	for (i = 0; i < r->n_running; i++)
		r->polls[i] =
			(struct pollfd){ .fd = r->running[i].pipe, .events = POLLIN };
	n = poll(r->polls, r->n_running, poll_timeout(r));
	/* from the end: collect() and expire() move the last one into the gap */
	for (i = r->n_running; i-- > 0;) {
		if (n > 0 && r->polls[i].revents)
			collect(r, i);
		else if (vprep_now_ms() >= r->running[i].deadline)
			expire(r, i);
	}
	note_interruption(r);
}

int vprep_jobs_run(struct vprep_io *io, struct vprep_jobs *jobs)
{
	_cleanup_free_ struct running *running = NULL;
	_cleanup_free_ struct pollfd *polls = NULL;
	struct runner r = { .io = io, .jobs = jobs };
	size_t i;

	if (jobs->n == 0)
		return 0;
	running = calloc(jobs->n, sizeof(*running));
	polls = calloc(jobs->n, sizeof(*polls));
	if (!running || !polls)
		return -ENOMEM;
	r.running = running;
	r.polls = polls;
	note_interruption(&r);
	start_jobs(&r);
	while (r.n_running > 0) {
		wait_for_some(&r);
		start_jobs(&r);
	}
	give_up_blocked(&r);
	reap_ended(io);
	for (i = 0; i < jobs->n; i++) {
		if (!jobs->jobs[i].finished)
			return -ECANCELED;
		if (jobs->jobs[i].result < 0)
			return jobs->jobs[i].result;
	}
	return 0;
}
