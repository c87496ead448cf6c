// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cleanup.h"

#define LOOK_AGAIN_MS 200   /* whether we have come to the foreground */
#define FLUSH_PATIENCE 2000 /* ms without a byte taken */

/* An open file of our own, so that making it non-blocking is our affair alone. */
static int open_again(int fd)
{
	char path[128];
	int again = -1;

	if (ttyname_r(fd, path, sizeof(path)) == 0)
		again = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return again >= 0 ? again : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static int open_master(struct vprep_terminal *t)
{
	char path[128];

	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->master < 0 || grantpt(t->master) < 0 || unlockpt(t->master) < 0 ||
	    ptsname_r(t->master, path, sizeof(path)) != 0 ||
	    fcntl(t->master, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	t->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return t->slave < 0 ? -errno : 0;
}

int vprep_terminal_open(struct vprep_terminal *t, uid_t uid)
{
	static const int by_preference[] = { STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO };
	struct termios mode;
	int fd, r, shown = -1;

	*t = (struct vprep_terminal){
		.keyboard = -1, .screen = -1, .master = -1, .slave = -1
	};
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		t->replaces[fd] = isatty(fd);
	for (size_t i = 0; shown < 0 && i < VPREP_ARRAY_SIZE(by_preference); i++)
		if (t->replaces[by_preference[i]])
			shown = by_preference[i];
	if (shown < 0)
		return 0;
	r = open_master(t);
	if (r < 0)
		return r;
	t->screen = open_again(shown);
	t->keyboard = t->replaces[STDIN_FILENO] ? open_again(STDIN_FILENO) : -1;
	if (tcgetattr(shown, &mode) == 0)
		tcsetattr(t->slave, TCSANOW, &mode);
	vprep_terminal_resize(t);
	/* as a terminal is its user's: the command may open it by its name */
	if (geteuid() == 0 && fchown(t->slave, uid, (gid_t)-1) < 0)
		return -errno;
	return 0;
}

void vprep_terminal_close(struct vprep_terminal *t)
{
	vprep_terminal_suspend(t);
	vprep_closep(&t->keyboard);
	vprep_closep(&t->screen);
	vprep_closep(&t->master);
	vprep_closep(&t->slave);
}

int vprep_terminal_take(const struct vprep_terminal *t)
{
	if (t->slave < 0)
		return 0;
	if (ioctl(t->slave, TIOCSCTTY, 0) < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (t->replaces[fd] && dup2(t->slave, fd) < 0)
			return -errno;
	return 0;
}

void vprep_terminal_resize(const struct vprep_terminal *t)
{
	struct winsize size;

	if (t->master >= 0 && ioctl(t->screen, TIOCGWINSZ, &size) == 0)
		ioctl(t->master, TIOCSWINSZ, &size); /* its foreground gets SIGWINCH */
}

/* A terminal that is not our session's has no foreground: it is for us alone. */
static bool is_in_foreground(const struct vprep_terminal *t)
{
	pid_t group = tcgetpgrp(t->keyboard);

	return group < 0 || group == getpgrp();
}

void vprep_terminal_resume(struct vprep_terminal *t)
{
	struct termios raw;

	if (t->keyboard < 0 || t->is_raw || !is_in_foreground(t) ||
	    tcgetattr(t->keyboard, &t->before) < 0)
		return;
	raw = t->before;
	cfmakeraw(&raw);
	/* What others write to it, and what we do not, is shown as before. */
	if (!t->replaces[STDOUT_FILENO])
		raw.c_oflag = t->before.c_oflag;
	t->is_raw = tcsetattr(t->keyboard, TCSANOW, &raw) == 0;
}

/* In the background the terminal's mode is somebody else's by now. */
void vprep_terminal_suspend(struct vprep_terminal *t)
{
	if (t->is_raw && is_in_foreground(t))
		tcsetattr(t->keyboard, TCSANOW, &t->before);
	t->is_raw = false;
}

int vprep_terminal_watch(struct vprep_terminal *t, struct pollfd *fds)
{
	bool has_input = t->input.from < t->input.to;
	bool has_output = t->output.from < t->output.to;
	short events = (short)((has_output ? 0 : POLLIN) | (has_input ? POLLOUT : 0));

	vprep_terminal_resume(t); /* nobody tells that we are in the foreground now */
	fds[0] = (struct pollfd){ t->is_raw && !has_input ? t->keyboard : -1, POLLIN, 0 };
	fds[1] = (struct pollfd){ events ? t->master : -1, events, 0 };
	fds[2] = (struct pollfd){ has_output ? t->screen : -1, POLLOUT, 0 };
	return t->keyboard >= 0 && !t->is_raw ? LOOK_AGAIN_MS : -1;
}

static bool is_passing(int number)
{
	return number == EAGAIN || number == EINTR;
}

/* False: there will be no more. */
static bool fill(struct vprep_pipe_buffer *buffer, int fd)
{
	ssize_t n = read(fd, buffer->data, sizeof(buffer->data));

	if (n < 0 && is_passing(errno))
		return true;
	buffer->from = 0;
	buffer->to = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* False: nobody takes it any more, and it is dropped. */
static bool drain(struct vprep_pipe_buffer *buffer, int fd)
{
	ssize_t n = fd < 0 ? 0
			   : write(fd, buffer->data + buffer->from,
				   buffer->to - buffer->from);

	if (n < 0 && is_passing(errno))
		return true;
	if (n <= 0)
		buffer->from = buffer->to = 0;
	else
		buffer->from += (size_t)n;
	return n > 0;
}

/* It has hung up: nothing asks for it any more. */
static void give_up(int *fd)
{
	close(*fd);
	*fd = -1;
}

void vprep_terminal_move(struct vprep_terminal *t, const struct pollfd *fds)
{
	if (fds[0].fd >= 0 && fds[0].revents && !fill(&t->input, t->keyboard) &&
	    is_in_foreground(t))
		give_up(&t->keyboard);
	if (fds[1].fd >= 0 && fds[1].revents & POLLOUT)
		drain(&t->input, t->master);
	if (fds[1].fd >= 0 && fds[1].revents & (POLLIN | POLLHUP))
		fill(&t->output, t->master);
	if (t->output.from < t->output.to &&
	    (t->screen < 0 || (fds[2].fd >= 0 && fds[2].revents)) &&
	    !drain(&t->output, t->screen) && t->screen >= 0)
		give_up(&t->screen);
}

static bool has_more(struct vprep_terminal *t)
{
	if (t->output.from == t->output.to)
		fill(&t->output, t->master);
	return t->output.from < t->output.to;
}

void vprep_terminal_flush(struct vprep_terminal *t)
{
	while (t->screen >= 0 && has_more(t)) {
		struct pollfd screen = { t->screen, POLLOUT, 0 };

		if (poll(&screen, 1, FLUSH_PATIENCE) <= 0 ||
		    !drain(&t->output, t->screen))
			return;
	}
}
