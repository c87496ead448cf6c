/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a command, and standing between it and the signals that are meant for it.
 *
 * I1  It has the terminal, the process group, the environment, the folder and the files
 *     that we were started with, and the signals as they were then.
 * I2  A signal to us is passed on to it, but for one of the terminal's, which has reached
 *     it already. None of them ends us, and none counts as caught (see signals.h).
 * I3  It does not outlive us: when we are killed, it gets SIGTERM.
 */
#ifndef VPREP_HOOK_COMMAND_H
#define VPREP_HOOK_COMMAND_H

struct vprep_command {
	char *const *argv; /* NULL-terminated */
	/* Called in the child before the command takes its place. An exit status, with
	 * the reason told, keeps it from that; 0 does not. */
	int (*enter)(void *data);
	void *data;
};

/* The command's exit status; 128 + N when signal N ended it, 127 when there is no such
 * command, 126 when it cannot be executed. -EINTR: a stop signal came before it started.
 * Other negative errno values: no child could be made. */
int vprep_command_run(const struct vprep_command *command);

#endif
