/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command as a child of this process and passes signals on to it. One that is to
 * be apart is run by run/apart.h instead; of the following, I2 and I3 hold for it too.
 *
 * I1  The command has the terminal, process group, environment, working directory and
 *     open files that this process was started with, and its signals do what they did
 *     then.
 * I2  A signal that this process gets is passed on to the command, unless the command has
 *     got it from the terminal by itself. It does not end this process, nor does it count
 *     as a stop signal (see signals.h).
 * I3  When this process is killed, the command gets SIGTERM.
 */
#ifndef VPREP_HOOK_COMMAND_H
#define VPREP_HOOK_COMMAND_H

#include <sys/types.h>

/* Statuses with which a command that did not start ends. */
#define VPREP_CANNOT_EXECUTE 126
#define VPREP_COMMAND_NOT_FOUND 127

struct vprep_command {
	char *const *argv;  /* NULL-terminated */
	char **environment; /* for one that is apart; NULL: ours, and it is not apart */
	uid_t uid;	    /* of one that is apart */
	/* Called in the child before the command takes its place. Returns 0; or an exit
	 * status, after a message, with which the child ends instead. */
	int (*enter)(void *data);
	void *data;
};

/* The command's exit status; 128 + N when signal N ended it, 127 when there is no such
 * command, 126 when it cannot be executed. -EINTR: a stop signal came before it started.
 * Other negative errno values: no child could be made. */
int vprep_command_run(const struct vprep_command *command);

/* In the child: becomes the command, which gets SIGTERM when @parent ends. */
void vprep_command_exec(const struct vprep_command *command, pid_t parent)
	__attribute__((noreturn));

/* Says that it cannot be executed. Returns the status for that reason. */
int vprep_command_refuse(const char *name, int number);

/* The exit status for what wait(2) has given. */
int vprep_command_status(int waited);

#endif
