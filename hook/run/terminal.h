/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal of a command that runs apart: a pseudo-terminal of its own in place of the
 * caller's, and what goes to and fro between the two.
 *
 * I1  The caller's terminal is in raw mode only while we read from it in the foreground.
 * I2  Nothing here waits for the caller's terminal, which may be stopped or gone.
 */
#ifndef VPREP_HOOK_RUN_TERMINAL_H
#define VPREP_HOOK_RUN_TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

/* Bytes on their way. */
struct vprep_pipe_buffer {
	char data[4096];
	size_t from, to;
};

struct vprep_terminal {
	bool replaces[3]; /* which of the command's first three fds it is */
	int keyboard;	  /* the caller's, if his stdin is a terminal, else -1 */
	int screen;	  /* where the command's output is shown; -1: it is gone */
	int master;	  /* -1: the caller has no terminal, and the command gets none */
	int slave;	  /* for the command */
	bool is_raw;
	struct termios before; /* of the keyboard, when it is raw */
	struct vprep_pipe_buffer input, output;
};

/* How many of vprep_terminal_watch() there are at most. */
#define VPREP_TERMINAL_FDS 3

/* Makes one if any of stdin, stdout and stderr is a terminal. -errno. */
int vprep_terminal_open(struct vprep_terminal *t, uid_t uid);
/* The caller's terminal is as it was. */
void vprep_terminal_close(struct vprep_terminal *t);
/* In the command's process, which leads a session: it is the session's terminal, and in
 * place of the caller's. */
int vprep_terminal_take(const struct vprep_terminal *t);

/* As the caller's terminal may have become: after SIGWINCH, and after SIGCONT. */
void vprep_terminal_resize(const struct vprep_terminal *t);
/* Raw mode, if we are in the foreground. */
void vprep_terminal_resume(struct vprep_terminal *t);
void vprep_terminal_suspend(struct vprep_terminal *t);

/* What to poll for; those not needed have the fd -1. Returns the longest time to wait, in
 * ms; -1: any. */
int vprep_terminal_watch(struct vprep_terminal *t, struct pollfd *fds);
/* What has come of it. */
void vprep_terminal_move(struct vprep_terminal *t, const struct pollfd *fds);
/* What the command has written last, unless nobody takes it. */
void vprep_terminal_flush(struct vprep_terminal *t);

#endif
