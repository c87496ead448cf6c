// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/leader.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "message.h"

/* In the command's process, as its user: what the caller has and it must not get. */
static int leave_behind(void)
{
	/* Keys of the caller's session would be the command's to use (keyrings(7)). A
	 * kernel without keys has none. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	/* CLOSE_RANGE_CLOEXEC would need Linux 5.11 */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0u, 0) < 0) {
		vprep_message("cannot isolate the command: %s", strerror(errno));
		return VPREP_CANNOT_EXECUTE;
	}
	return 0;
}

static void become(const struct vprep_command *command,
		   const struct vprep_terminal *terminal, pid_t leader)
	__attribute__((noreturn));

/* A process group of its own, in the foreground of its terminal. What asks for that from
 * the background gets SIGTTOU, unless it blocks it. */
static void become(const struct vprep_command *command,
		   const struct vprep_terminal *terminal, pid_t leader)
{
	sigset_t set;
	int status;

	setpgid(0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (terminal->slave >= 0)
		tcsetpgrp(terminal->slave, getpid());
	status = command->enter(command->data);
	if (status == 0)
		status = leave_behind();
	if (status)
		_exit(status);
	vprep_command_exec(command, leader);
}

static void say(int fd, bool has_stopped, int value)
{
	const struct vprep_leader_report report = { has_stopped, value };

	while (send(fd, &report, sizeof(report), MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* Passes a signal on. When whoever sends them is gone, the leader goes, too. */
static void obey(int fd, pid_t pid)
{
	struct vprep_leader_order order;
	ssize_t n = recv(fd, &order, sizeof(order), MSG_DONTWAIT);

	if (n == sizeof(order))
		kill(order.for_all ? -pid : pid, order.number);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		_exit(0);
}

/* Tells what has become of the command. */
static void look_after(int fd, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG | WUNTRACED) == pid) {
		if (WIFSTOPPED(status)) {
			say(fd, true, WSTOPSIG(status));
			continue;
		}
		say(fd, false, vprep_command_status(status));
		_exit(0);
	}
}

static void lead(int fd, pid_t pid)
{
	struct pollfd fds[2] = { { fd, POLLIN, 0 } };
	struct signalfd_siginfo info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fds[1] = (struct pollfd){ signalfd(-1, &set, SFD_NONBLOCK), POLLIN, 0 };
	for (;;) {
		look_after(fd, pid);
		if (poll(fds, VPREP_ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[1].revents && read(fds[1].fd, &info, sizeof(info)) < 0 &&
		    errno != EAGAIN)
			_exit(VPREP_CANNOT_EXECUTE);
		if (fds[0].revents)
			obey(fd, pid);
	}
}

static void run(const struct vprep_command *command,
		const struct vprep_terminal *terminal, int fd) __attribute__((noreturn));

static void run(const struct vprep_command *command,
		const struct vprep_terminal *terminal, int fd)
{
	const pid_t self = getpid();
	int r = setsid() < 0 ? -errno : vprep_terminal_take(terminal);
	pid_t pid = r < 0 ? -1 : fork();

	if (pid == 0)
		become(command, terminal, self);
	if (pid < 0) {
		vprep_message("cannot start the command: %s",
			      strerror(r < 0 ? -r : errno));
		_exit(VPREP_CANNOT_EXECUTE);
	}
	setpgid(pid, pid); /* before a signal for the group can come */
	lead(fd, pid);
	_exit(VPREP_CANNOT_EXECUTE);
}

int vprep_leader_start(const struct vprep_command *command,
		       struct vprep_terminal *terminal, struct vprep_leader *ret)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	ret->pid = fork();
	if (ret->pid == 0) {
		/* so that it is seen when we are gone */
		close(fds[0]);
		vprep_closep(&terminal->master);
		vprep_closep(&terminal->keyboard);
		vprep_closep(&terminal->screen);
		run(command, terminal, fds[1]);
	}
	close(fds[1]);
	vprep_closep(&terminal->slave);
	if (ret->pid < 0) {
		close(fds[0]);
		return -errno;
	}
	ret->fd = fds[0];
	return 0;
}
