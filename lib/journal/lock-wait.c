// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel gives a lock to those who wait for it in the order in which they came, but
 * it knows no deadline. So a child waits, and is killed when that takes too long. A lock
 * by flock(2) is the open file's, which the child has from its parent: what it gets, the
 * parent has.
 */
#include "journal/lock-wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "io/child.h"

#define LOOK_MS 100 /* at whether the caller was interrupted */

static _Noreturn void be_child(const struct vprep_io *io, int fd, int pipe, pid_t parent)
{
	vprep_child_isolate(io, pipe, fd, parent);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			_exit(1);
	_exit(0);
}

/* The child's end closes the last fd of the pipe's other side. 0 when that has come. */
static int wait_for_end(const struct vprep_lock_wait *w, int pipe)
{
	const struct vprep_io_patience *patience = w->patience;
	struct pollfd end = { pipe, POLLIN, 0 };

	for (;;) {
		int64_t left = w->end - vprep_now_ms();
		int n = poll(&end, 1,
			     left < LOOK_MS ? (left > 0 ? (int)left : 0) : LOOK_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (patience->interrupted && patience->interrupted(patience->data))
			return -EINTR;
		if (left <= 0)
			return -ETIMEDOUT;
	}
}

int vprep_lock_wait(int fd, void *data)
{
	const struct vprep_lock_wait *w = data;
	_cleanup_close_ int same = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	_cleanup_close_ int reader = -1, writer = -1;
	pid_t pid, parent = getpid();
	int ends[2], r, status;

	if (same < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -EAGAIN;
	reader = ends[0];
	writer = ends[1];
	if (vprep_fd_above_stdio(&writer) < 0)
		return -EAGAIN;
	pid = fork();
	if (pid == 0)
		be_child(w->io, same, writer, parent);
	close(TAKE_FD(writer));
	if (pid < 0)
		return -EAGAIN;
	r = wait_for_end(w, reader);
	if (r < 0)
		kill(pid, SIGKILL);
	status = vprep_child_wait(pid);
	return r == 0 && status != 0 ? -EAGAIN : r;
}
