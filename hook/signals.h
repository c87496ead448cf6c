/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signals of a program. SIGINT, SIGTERM and SIGHUP are called stop signals here.
 *
 * I1  While a verb changes the host, a stop signal only sets a flag. The library polls
 *     the flag and rolls back, so Ctrl-C never leaves the host half changed.
 * I2  At other times, and in verbs that change nothing, a stop signal ends the program.
 * I3  A signal that was ignored when the program started (nohup) stays ignored.
 * I4  A signal that is blocked waits for sigwaitinfo(). This is how a command that we run
 *     gets its signals.
 */
#ifndef VPREP_HOOK_SIGNALS_H
#define VPREP_HOOK_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* To be called first: ignores SIGPIPE, and makes sure that children can be waited for. */
void vprep_signals_init(void);

/* Begins and ends the time when a stop signal sets the flag. To end what has not begun
 * changes nothing. */
void vprep_signals_catch(void);
void vprep_signals_release(void);

/* Blocks SIGQUIT, SIGUSR1 and SIGUSR2 from here on. They are for the command that we are
 * about to run, and would end this program. */
void vprep_signals_block_others(void);
/* Blocks the stop signals and SIGCHLD, too. *@ret has all that are blocked and not
 * ignored: the set for sigwaitinfo(). */
void vprep_signals_block(sigset_t *ret);
/* Unblocks the stop signals and SIGCHLD. Those that are waiting are dropped: they were
 * for the command, which has ended. */
void vprep_signals_unblock(void);
/* Makes all signals do what they did when this program started, before an exec. */
void vprep_signals_restore(void);

/* Whether a stop signal has set the flag. For `interrupted` of struct vprep_options. */
bool vprep_signals_caught(void *unused);
/* Clears the flag: the signal was obeyed, and what follows it is not to be interrupted by
 * it once more. */
void vprep_signals_forget(void);

#endif
