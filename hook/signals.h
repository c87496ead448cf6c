/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of the process.
 *
 * I1  While a verb changes the host, SIGINT, SIGTERM and SIGHUP only set a flag: the
 *     library polls it and rolls back, so a Ctrl-C never leaves the host half done.
 * I2  Before and after, and in verbs that only look, they do what they always do.
 * I3  A signal that was ignored when the program started (nohup) stays ignored.
 * I4  While they are held, and those that mean something to a command of ours, they wait
 *     for whoever asks for them, and do nothing by themselves.
 */
#ifndef VPREP_HOOK_SIGNALS_H
#define VPREP_HOOK_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* What holds for the whole run: no SIGPIPE, and children can be waited for. */
void vprep_signals_init(void);

void vprep_signals_catch(void);
void vprep_signals_release(void);

/* SIGQUIT, SIGUSR1 and SIGUSR2 wait from here on: they are for a command that is to be
 * started, and would end us. */
void vprep_signals_hold_some(void);
/* So do those of I1, and SIGCHLD. *@ret is what waits: all of these but those ignored. */
void vprep_signals_hold(sigset_t *ret);
/* Those of I1 do again what they did. What is waiting is gone: the command had its turn. */
void vprep_signals_let_go(void);
/* All as it was when the program started, for a program that takes our place. */
void vprep_signals_restore(void);

/* True once a signal came; the signature that struct vprep_options wants. */
bool vprep_signals_caught(void *unused);

#endif
