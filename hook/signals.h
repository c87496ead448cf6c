/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of the process.
 *
 * I1  While a verb changes the host, SIGINT, SIGTERM and SIGHUP only set a flag: the
 *     library polls it and rolls back, so a Ctrl-C never leaves the host half done.
 * I2  Before and after, and in verbs that only look, they do what they always do.
 * I3  A signal that was ignored when the program started (nohup) stays ignored.
 */
#ifndef VPREP_HOOK_SIGNALS_H
#define VPREP_HOOK_SIGNALS_H

#include <stdbool.h>

/* What holds for the whole run: no SIGPIPE, and children can be waited for. */
void vprep_signals_init(void);

void vprep_signals_catch(void);
void vprep_signals_release(void);

/* True once a signal came; the signature that struct vprep_options wants. */
bool vprep_signals_caught(void *unused);

#endif
