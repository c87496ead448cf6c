// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/apart.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "run/leader.h"
#include "run/terminal.h"
#include "signals.h"

/* Signals that concern the terminal, besides those of vprep_signals_block(). */
static const int about_terminal[] = { SIGTSTP, SIGCONT, SIGWINCH, SIGTTOU };

struct apart {
	struct vprep_leader leader;
	struct vprep_terminal terminal;
	int signals; /* signalfd */
	int status;  /* of the command; -1: it has not ended */
};

static void add_unless_ignored(sigset_t *set, int number)
{
	struct sigaction now;

	if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		sigaddset(set, number);
}

static void block(sigset_t *ret)
{
	sigset_t more;

	vprep_signals_block(ret);
	sigemptyset(&more);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(about_terminal); i++)
		add_unless_ignored(&more, about_terminal[i]);
	sigprocmask(SIG_BLOCK, &more, NULL);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(about_terminal); i++)
		if (sigismember(&more, about_terminal[i]))
			sigaddset(ret, about_terminal[i]);
}

static void unblock(void)
{
	const struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(about_terminal); i++)
		sigaddset(&set, about_terminal[i]);
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	vprep_signals_unblock();
}

static void pass_on(const struct apart *a, int number, bool for_all)
{
	const struct vprep_leader_order order = { number, for_all };

	send(a->leader.fd, &order, sizeof(order), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns true if we were stopped and are going on again. A group that nobody in the
 * session looks after is not stopped by this signal. */
static bool stop_too(bool with_group)
{
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	kill(with_group ? 0 : getpid(), SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* here we are stopped */
	sigprocmask(SIG_BLOCK, &set, NULL);
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT);
}

/* As its key does, the stop takes the other programs of the caller's job with it. Whoever
 * stopped it with SIGSTOP means it, and lets it go on. */
static void follow_stop(struct apart *a, int number)
{
	bool with_group = a->terminal.is_raw;

	vprep_terminal_suspend(&a->terminal);
	if (stop_too(with_group))
		return; /* SIGCONT is waiting for take_signal() */
	vprep_terminal_resume(&a->terminal);
	if (number != SIGSTOP)
		pass_on(a, SIGCONT, true);
}

static void take_signal(struct apart *a)
{
	struct signalfd_siginfo info;
	int number;

	if (read(a->signals, &info, sizeof(info)) != sizeof(info))
		return;
	number = (int)info.ssi_signo;
	if (number == SIGCHLD || number == SIGTTOU)
		return;
	if (number == SIGWINCH || number == SIGCONT)
		vprep_terminal_resize(&a->terminal);
	if (number == SIGCONT)
		vprep_terminal_resume(&a->terminal);
	/* The size of its terminal has told it. */
	if (number == SIGWINCH && a->terminal.master >= 0)
		return;
	pass_on(a, number,
		info.ssi_code == SI_KERNEL || number == SIGCONT || number == SIGTSTP);
}

/* False: the leader is gone. */
static bool take_report(struct apart *a)
{
	struct vprep_leader_report report;
	ssize_t n = recv(a->leader.fd, &report, sizeof(report), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n != sizeof(report))
		return false;
	if (report.has_stopped)
		follow_stop(a, report.value);
	else
		a->status = report.value;
	return true;
}

static void relay(struct apart *a)
{
	bool is_led = true;

	while (is_led && a->status < 0) {
		struct pollfd fds[2 + VPREP_TERMINAL_FDS] = {
			{ a->signals, POLLIN, 0 },
			{ a->leader.fd, POLLIN, 0 },
		};
		int timeout = vprep_terminal_watch(&a->terminal, fds + 2);

		if (poll(fds, VPREP_ARRAY_SIZE(fds), timeout) < 0)
			continue;
		vprep_terminal_move(&a->terminal, fds + 2);
		if (fds[0].revents)
			take_signal(a);
		if (fds[1].revents)
			is_led = take_report(a);
	}
	vprep_terminal_flush(&a->terminal);
}

/* The leader's own end stands for the command's only if it did not tell that. */
static int wait_for_leader(const struct apart *a)
{
	int status = 0;

	while (waitpid(a->leader.pid, &status, 0) < 0 && errno == EINTR)
		;
	return a->status >= 0 ? a->status : vprep_command_status(status);
}

static int start(const struct vprep_command *command, struct apart *a,
		 const sigset_t *set)
{
	int r;

	a->signals = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (a->signals < 0)
		return -errno;
	r = vprep_terminal_open(&a->terminal, command->uid);
	return r < 0 ? r : vprep_leader_start(command, &a->terminal, &a->leader);
}

int vprep_apart_run(const struct vprep_command *command)
{
	struct apart a = {
		.leader.fd = -1,
		.signals = -1,
		.status = -1,
		.terminal = { .keyboard = -1, .screen = -1, .master = -1, .slave = -1 }
	};
	sigset_t set;
	int r;

	block(&set);
	r = vprep_signals_caught(NULL) ? -EINTR : start(command, &a, &set);
	if (r == 0) {
		relay(&a);
		r = wait_for_leader(&a);
	}
	vprep_terminal_close(&a.terminal);
	vprep_closep(&a.leader.fd);
	vprep_closep(&a.signals);
	unblock();
	return r;
}
