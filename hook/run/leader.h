/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leader of the session that a command has for itself: the command's parent, and a
 * child of ours. Because it is there, what stops the command is seen, and the kernel lets
 * the keys of its terminal stop it (a group that has no parent in its session is never
 * stopped).
 *
 *	we -> leader	a signal for the command
 *	leader -> we	that it has stopped, or ended
 *
 * When we are gone, the leader goes, and the command gets SIGTERM, and SIGHUP if it has a
 * terminal.
 */
#ifndef VPREP_HOOK_RUN_LEADER_H
#define VPREP_HOOK_RUN_LEADER_H

#include "command.h"
#include "run/terminal.h"

/* Messages have no gaps, which would be sent with whatever was there before. */

/* A message to the leader. */
struct vprep_leader_order {
	int number;
	int for_all; /* 1: its whole process group, as a key of the terminal is */
};

/* A message from it. */
struct vprep_leader_report {
	int has_stopped; /* 1; else it has ended */
	int value;	 /* the signal that stopped it, or its status */
};

struct vprep_leader {
	pid_t pid;
	int fd; /* for messages, each in one piece */
};

/* Starts it and the command. -errno. */
int vprep_leader_start(const struct vprep_command *command,
		       struct vprep_terminal *terminal, struct vprep_leader *ret);

#endif
