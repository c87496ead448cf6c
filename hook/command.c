// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"
#include "common/quote.h"
#include "signals.h"

#define CANNOT_EXECUTE 126
#define NOT_FOUND 127
#define BY_SIGNAL 128

static void become(const struct vprep_command *command, pid_t parent)
{
	int status, number;

	status = command->enter(command->data);
	if (status)
		_exit(status);
	/* Not earlier: a change of user takes it away (prctl(2)). Who was killed before
	 * cannot be waited for any more. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(CANNOT_EXECUTE);
	vprep_signals_restore();
	execvp(command->argv[0], command->argv);
	number = errno;
	vprep_message("cannot execute '%s': %s", vprep_quote(command->argv[0]).text,
		      strerror(number));
	_exit(number == ENOENT ? NOT_FOUND : CANNOT_EXECUTE);
}

/* What a key of the terminal means, the kernel sends to all of the group that has it,
 * where the command is, too; that the terminal is gone, to the leader of its session. */
static bool has_reached_it(const siginfo_t *info)
{
	return info->si_code == SI_KERNEL &&
	       !(info->si_signo == SIGHUP && getsid(0) == getpid());
}

static void pass_on(const siginfo_t *info, pid_t pid)
{
	if (!has_reached_it(info))
		kill(pid, info->si_signo);
}

static int wait_for(pid_t pid, const sigset_t *set)
{
	siginfo_t info;
	int status;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0)
		if (sigwaitinfo(set, &info) >= 0 && info.si_signo != SIGCHLD)
			pass_on(&info, pid);
	if (ended < 0)
		return -errno;
	return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int vprep_command_run(const struct vprep_command *command)
{
	const pid_t self = getpid();
	sigset_t set;
	pid_t pid;
	int r;

	vprep_signals_hold(&set);
	pid = vprep_signals_caught(NULL) ? (errno = EINTR, -1) : fork();
	if (pid == 0)
		become(command, self);
	r = pid < 0 ? -errno : wait_for(pid, &set);
	vprep_signals_let_go();
	return r;
}
