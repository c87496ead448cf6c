// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"

/* Linux' numbers of the fields in /proc/PID/stat, proc_pid_stat(5). */
#define STAT_STATE 3
#define STAT_THREADS 20
#define STAT_START_TIME 22

#define WAIT_MS 2 /* how late the end of a program may be noticed */

/* The state is that of the first thread, which may end before the others do. */
static bool has_ended(char state, const char *threads)
{
	return (state == 'Z' || state == 'X') && (streq(threads, "1") || *threads == '0');
}

int vprep_process_start(const struct vprep_io *io, pid_t pid, uint64_t *ret)
{
	_cleanup_free_ char *stat = NULL;
	char *field, *state, *threads = NULL, *save;
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
	field = strtok_r(state, " ", &save);
	for (i = STAT_STATE; field && i < STAT_START_TIME; i++) {
		if (i == STAT_THREADS)
			threads = field;
		field = strtok_r(NULL, " ", &save);
	}
	if (!field)
		return -EIO;
	return has_ended(*state, threads) ? -ESRCH
					  : vprep_parse_u64(field, 10, UINT64_MAX, ret);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Closes all fds but the standard ones, the host's roots and what they are below, @pipe
 * and @hold. */
static void close_inherited(const struct vprep_io *io, int pipe, int hold)
{
	int keep[VPREP_ROOTS + 3] = { pipe, hold, io->base }, from = STDERR_FILENO + 1;
	size_t i;

	memcpy(keep + 3, io->root, sizeof(io->root));
	qsort(keep, VPREP_ARRAY_SIZE(keep), sizeof(*keep), compare_fds);
	for (i = 0; i < VPREP_ARRAY_SIZE(keep); i++) {
		if (keep[i] > from)
			close_range((unsigned)from, (unsigned)keep[i] - 1, 0);
		if (keep[i] >= from)
			from = keep[i] + 1;
	}
	close_range((unsigned)from, ~0u, 0);
}

/* When all else is closed: the parent may have as many fds open as it is allowed to. */
static void close_stdio(void)
{
	/* not O_CLOEXEC: the fd may itself be one of the three */
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		_exit(1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

void vprep_child_isolate(const struct vprep_io *io, int pipe, int hold, pid_t parent)
{
	static const int blocked[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	sigset_t set;
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* one call, where ignoring them would be five */
	sigemptyset(&set);
	for (i = 0; i < VPREP_ARRAY_SIZE(blocked); i++)
		sigaddset(&set, blocked[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	close_inherited(io, pipe, hold);
	close_stdio();
}

void vprep_child_kill(pid_t pid)
{
	siginfo_t info;

	/* where SIGCHLD is ignored, its number may be another process's by now */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		kill(pid, SIGKILL);
}

int vprep_child_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void vprep_child_wait_later(struct vprep_io *io, pid_t pid)
{
	pid_t *ended = vprep_array_add(io->ended, io->n_ended);

	if (ended)
		*ended = pid;
	else
		vprep_child_wait(pid);
}

void vprep_child_reap(struct vprep_io *io)
{
	size_t i, n = 0;

	for (i = 0; i < io->n_ended; i++)
		if (waitpid(io->ended[i], NULL, WNOHANG) == 0)
			io->ended[n++] = io->ended[i];
	io->n_ended = n;
}

/* The program that was started before is over by now, or somebody else's to wait for. */
static void reap_detached(struct vprep_io *io)
{
	if (io->detached > 0)
		waitpid(io->detached, NULL, WNOHANG);
}

void vprep_child_done(struct vprep_io *io)
{
	reap_detached(io);
	while (io->n_ended > 0)
		vprep_child_wait(io->ended[--io->n_ended]);
	free(io->ended);
}

/* What is executed keeps what was blocked and what was ignored. */
static void reset_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int vprep_child_detach(struct vprep_io *io, const char *path, char *const argv[])
{
	char *const environment[] = { NULL };
	pid_t pid;

	reap_detached(io);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		io->detached = pid;
		return 0;
	}
	close_range(STDERR_FILENO + 1, ~0u, 0);
	close_stdio();
	reset_signals();
	execve(path, argv, environment);
	_exit(127);
}

int vprep_child_wait_detached(struct vprep_io *io, unsigned milliseconds)
{
	int64_t end = vprep_now_ms() + milliseconds;
	pid_t pid = io->detached;
	int status;
	pid_t r;

	if (pid <= 0)
		return -ECHILD;
	while ((r = waitpid(pid, &status, WNOHANG)) == 0) {
		if (vprep_now_ms() >= end)
			return -ETIMEDOUT;
		vprep_sleep_ms(WAIT_MS);
	}
	io->detached = 0;
	if (r < 0) /* see I1 */
		return errno == ECHILD ? 0 : -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}
