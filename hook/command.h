/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command as a child of this process and passes signals on to it.
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

struct vprep_command {
	char *const *argv; /* NULL-terminated */
	/* Called in the child before the command takes its place. Returns 0; or an exit
	 * status, after a message, with which the child ends instead. */
	int (*enter)(void *data);
	void *data;
};

/* The command's exit status; 128 + N when signal N ended it, 127 when there is no such
 * command, 126 when it cannot be executed. -EINTR: a stop signal came before it started.
 * Other negative errno values: no child could be made. */
int vprep_command_run(const struct vprep_command *command);

#endif
