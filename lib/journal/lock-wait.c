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
#include <sys/file.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "io/child.h"
#include "journal/lock-holder.h"

#define LOOK_MS 100   /* at whether the caller was interrupted */
#define HOLDER_MS 500 /* at who has the lock */

static _Noreturn void be_child(const struct vprep_io *io, int fd, int pipe, pid_t parent)
{
	vprep_child_isolate(io, pipe, fd, parent);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			_exit(1);
	_exit(write(pipe, "", 1) != 1);
}

/* Who had a lock when it was last looked at. */
struct look {
	int64_t at;
	int pid;
};

/* Many commands at once get the lock one after the other: the time counts anew from each
 * of them. */
static void look_at_holder(struct vprep_lock_wait *w, int fd, struct look *last)
{
	int64_t now = vprep_now_ms();
	int pid;

	if (now - last->at < HOLDER_MS)
		return;
	pid = vprep_lock_holder_pid(w->io, fd);
	if (last->at > 0 && pid != last->pid)
		w->end = now + (int64_t)w->patience->seconds * 1000;
	*last = (struct look){ now, pid };
}

/* The child's end closes the last fd of the pipe's other side, and before that the child
 * has told of the lock: its exit status may be another one's to take, as whoever uses the
 * library may ignore SIGCHLD. */
static int has_lock(int pipe)
{
	char byte;
	ssize_t n;

	do
		n = read(pipe, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -EAGAIN;
}

/* 0 when the child has told, or has ended. */
static int wait_for_child(struct vprep_lock_wait *w, int fd, int pipe)
{
	const struct vprep_io_patience *patience = w->patience;
	struct pollfd end = { pipe, POLLIN, 0 };
	struct look last = { 0 };

	for (;;) {
		int64_t left;
		int n;

		look_at_holder(w, fd, &last);
		left = w->end - vprep_now_ms();
		n = poll(&end, 1, left < LOOK_MS ? (left > 0 ? (int)left : 0) : LOOK_MS);

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
	struct vprep_lock_wait *w = data;
	_cleanup_close_ int same = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	_cleanup_close_ int reader = -1, writer = -1;
	pid_t pid, parent = getpid();
	int ends[2], r;

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
	r = wait_for_child(w, fd, reader);
	if (r < 0)
		vprep_child_kill(pid);
	vprep_child_wait(pid);
	return r < 0 ? r : has_lock(reader);
}
