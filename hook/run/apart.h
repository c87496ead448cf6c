/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command for another user, apart from the caller:
 *
 * I1  It is in a session of its own, and what of its stdin, stdout and stderr was the
 *     caller's terminal is a pseudo-terminal: it can neither read from the caller's
 *     terminal nor put anything into its input.
 * I2  It has no other file that the caller has open, no variable of his environment but
 *     those given, none of his keys, and can gain no privileges.
 * I3  It gets the signals that we get. What stops it stops us, and it goes on with us.
 */
#ifndef VPREP_HOOK_RUN_APART_H
#define VPREP_HOOK_RUN_APART_H

#include "command.h"

/* As vprep_command_run(). */
int vprep_apart_run(const struct vprep_command *command);

#endif
