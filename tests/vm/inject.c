// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a command of which one system call goes wrong: the Nth of those given, counted
 * over all its processes.
 *
 *   inject [-a] [-o FILE] CALL[,CALL…] N FAULT COMMAND [ARGUMENT…]
 *
 * CALL is a system call's name, "creat" for the openat that may make a file, or "all".
 * FAULT is "kill", or the errno that the call then has, by name. Killed is the process
 * that made the call, with -a every process of the command. FILE tells which call it was,
 * and has "alone" in it when no other process of the command was alive; it stays empty
 * when the command made fewer calls. The status is the command's.
 *
 * strace's injection counts per process, so that it kills the parent before any child,
 * and stops at every other call as well.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_OWN_FAILURE = 125, STATUS_NOT_RUN = 127, STATUS_SIGNAL = 128 };
enum { MAX_PROCESSES = 4096 };

static struct {
	long wanted, counted;
	int error; /* 0: kill */
	bool all;
	FILE *file;
	pid_t pids[MAX_PROCESSES];
	size_t n_pids;
} state;

static int errno_of(const char *name)
{
	int error;

	for (error = 1; error < 256; error++) {
		const char *known = strerrorname_np(error);

		if (known && strcmp(known, name) == 0)
			return error;
	}
	errx(STATUS_OWN_FAILURE, "no such error: %s", name);
}

static void add_call(scmp_filter_ctx filter, const char *name)
{
	bool creates = strcmp(name, "creat") == 0;
	int call = seccomp_syscall_resolve_name(creates ? "openat" : name), r;

	if (call == __NR_SCMP_ERROR)
		errx(STATUS_OWN_FAILURE, "no such system call: %s", name);
	r = creates ? seccomp_rule_add(filter, SCMP_ACT_TRACE(0), call, 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT))
		    : seccomp_rule_add(filter, SCMP_ACT_TRACE(0), call, 0);
	if (r < 0)
		errx(STATUS_OWN_FAILURE, "%s: %s", name, strerror(-r));
}

static scmp_filter_ctx make_filter(char *calls)
{
	bool all = strcmp(calls, "all") == 0;
	scmp_filter_ctx filter = seccomp_init(all ? SCMP_ACT_TRACE(0) : SCMP_ACT_ALLOW);
	char *name, *rest = calls;

	/* What sudo and the like may do stays as it is. */
	if (!filter || seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0)
		errx(STATUS_OWN_FAILURE, "no seccomp filter");
	while (!all && (name = strsep(&rest, ",")))
		add_call(filter, name);
	return filter;
}

static void add_process(pid_t pid)
{
	size_t i;

	for (i = 0; i < state.n_pids; i++)
		if (state.pids[i] == pid)
			return;
	if (state.n_pids == MAX_PROCESSES)
		errx(STATUS_OWN_FAILURE, "more than %d processes", MAX_PROCESSES);
	state.pids[state.n_pids++] = pid;
}

static void remove_process(pid_t pid)
{
	size_t i;

	for (i = 0; i < state.n_pids; i++)
		if (state.pids[i] == pid)
			state.pids[i--] = state.pids[--state.n_pids];
}

/* The command's process waits until it is traced, so that no call of it is missed. Takes
 * the filter. */
static pid_t start(scmp_filter_ctx filter, char **command)
{
	const unsigned long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP |
				      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int ready[2];
	pid_t pid;
	char c;

	if (pipe2(ready, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		err(STATUS_OWN_FAILURE, "cannot start %s", command[0]);
	if (pid == 0) {
		close(ready[1]);
		if (read(ready[0], &c, 1) == 0 && seccomp_load(filter) == 0)
			execvp(command[0], command);
		warn("cannot run %s", command[0]);
		_exit(STATUS_NOT_RUN);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
		err(STATUS_OWN_FAILURE, "cannot trace %s", command[0]);
	seccomp_release(filter);
	close(ready[0]);
	close(ready[1]);
	add_process(pid);
	return pid;
}

static void tell(pid_t pid, int call)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);

	if (!state.file)
		return;
	fprintf(state.file, "%s of process %d, %s\n", name ? name : "?", (int)pid,
		state.n_pids == 1 ? "alone" : "one of several");
	free(name);
}

/* -1 as the number of the call makes the kernel skip it. */
static void fail_call(pid_t pid, struct user_regs_struct *regs)
{
	regs->orig_rax = -1ULL;
	regs->rax = (unsigned long long)-state.error;
	if (ptrace(PTRACE_SETREGS, pid, NULL, regs) < 0)
		err(STATUS_OWN_FAILURE, "cannot change a call");
}

static void at_call(pid_t pid)
{
	struct user_regs_struct regs;
	size_t i;

	if (++state.counted != state.wanted)
		return;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		err(STATUS_OWN_FAILURE, "cannot look at a call");
	tell(pid, (int)regs.orig_rax);
	if (state.error)
		fail_call(pid, &regs);
	else if (state.all)
		for (i = 0; i < state.n_pids; i++)
			kill(state.pids[i], SIGKILL);
	else
		kill(pid, SIGKILL);
}

/* Returns the signal that the process is to go on with. */
static int at_stop(pid_t pid, int status)
{
	int event = status >> 16;
	unsigned long child;

	switch (event) {
	case 0:
		return WSTOPSIG(status);
	case PTRACE_EVENT_SECCOMP:
		at_call(pid);
		return 0;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
			add_process((pid_t)child);
		return 0;
	default:
		return 0;
	}
}

static int watch(pid_t command)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			/* fails when it was killed meanwhile; that is reported next */
			ptrace(PTRACE_CONT, pid, NULL, at_stop(pid, status));
			continue;
		}
		remove_process(pid);
		if (pid == command)
			result = WIFEXITED(status) ? WEXITSTATUS(status)
						   : STATUS_SIGNAL + WTERMSIG(status);
	}
	return result;
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	scmp_filter_ctx filter;
	char **rest, *end;
	int option;

	while ((option = getopt(argc, argv, "+ao:")) != -1)
		if (option == 'a')
			state.all = true;
		else if (option == 'o')
			path = optarg;
		else
			return STATUS_OWN_FAILURE;
	rest = argv + optind;
	if (argc - optind < 4)
		errx(STATUS_OWN_FAILURE,
		     "usage: inject [-a] [-o FILE] CALLS N FAULT COMMAND…");
	state.wanted = strtol(rest[1], &end, 10);
	if (*end || state.wanted < 1)
		errx(STATUS_OWN_FAILURE, "not a number: %s", rest[1]);
	state.error = strcmp(rest[2], "kill") == 0 ? 0 : errno_of(rest[2]);
	filter = make_filter(rest[0]);
	if (path && !(state.file = fopen(path, "we")))
		err(STATUS_OWN_FAILURE, "%s", path);
	option = watch(start(filter, rest + 3));
	if (state.file && fclose(state.file) != 0)
		err(STATUS_OWN_FAILURE, "%s", path);
	return option;
}
