// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "message.h"
#include "run/apart.h"
#include "signals.h"

#define BY_SIGNAL 128

int vprep_command_refuse(const char *name, int number)
{
	vprep_message("cannot execute '%s': %s", vprep_quote(name).text,
		      strerror(number));
	return number == ENOENT ? VPREP_COMMAND_NOT_FOUND : VPREP_CANNOT_EXECUTE;
}

int vprep_command_status(int waited)
{
	return WIFSIGNALED(waited) ? BY_SIGNAL + WTERMSIG(waited) : WEXITSTATUS(waited);
}

void vprep_command_exec(const struct vprep_command *command, pid_t parent)
{
	/* This comes after the change of user, which would undo it (prctl(2)). If our
	 * parent was killed before, it is not our parent any more. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(VPREP_CANNOT_EXECUTE);
	if (command->environment)
		environ = command->environment; /* which has the PATH that counts */
	vprep_signals_restore();
	execvp(command->argv[0], command->argv);
	_exit(vprep_command_refuse(command->argv[0], errno));
}

static void become(const struct vprep_command *command, pid_t parent)
{
	int status = command->enter(command->data);

	if (status)
		_exit(status);
	vprep_command_exec(command, parent);
}

/* Whether the command has got the signal by itself. What a key of the terminal sends goes
 * to the whole process group, and the command is in ours. That the terminal is gone
 * (SIGHUP) goes to the leader of the session only. */
static bool has_command_got(const siginfo_t *info)
{
	return info->si_code == SI_KERNEL &&
	       !(info->si_signo == SIGHUP && getsid(0) == getpid());
}

static void pass_on(const siginfo_t *info, pid_t pid)
{
	if (!has_command_got(info))
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
	return vprep_command_status(status);
}

int vprep_command_run(const struct vprep_command *command)
{
	const pid_t self = getpid();
	sigset_t set;
	pid_t pid;
	int r;

	if (command->environment)
		return vprep_apart_run(command);
	vprep_signals_block(&set);
	pid = vprep_signals_caught(NULL) ? (errno = EINTR, -1) : fork();
	if (pid == 0)
		become(command, self);
	r = pid < 0 ? -errno : wait_for(pid, &set);
	vprep_signals_unblock();
	return r;
}
