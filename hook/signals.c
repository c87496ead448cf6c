// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "common/cleanup.h"

static const int stoppers[] = { SIGINT, SIGTERM, SIGHUP };
/* Other signals that somebody may send to a command that we run. */
static const int others[] = { SIGQUIT, SIGUSR1, SIGUSR2 };

static bool is_catching; /* then `before` has what was before */
static struct sigaction before[VPREP_ARRAY_SIZE(stoppers)];
static struct sigaction pipe_before, child_before;
static sigset_t mask_before;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	(void)number;
	caught = 1;
}

void vprep_signals_init(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigprocmask(SIG_SETMASK, NULL, &mask_before);
	sigaction(SIGPIPE, &action, &pipe_before);
	/* If SIGCHLD is ignored, the kernel forgets how a child ended and the library
	 * could not wait for its children (wait(2), ECHILD). */
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, &child_before);
}

void vprep_signals_catch(void)
{
	/* Without SA_RESTART a signal ends a wait for a lock, and the flag is looked at. */
	const struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(stoppers); i++) {
		sigaction(stoppers[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(stoppers[i], &action, NULL);
	}
	is_catching = true;
}

void vprep_signals_release(void)
{
	for (size_t i = 0; is_catching && i < VPREP_ARRAY_SIZE(stoppers); i++)
		sigaction(stoppers[i], &before[i], NULL);
	is_catching = false;
}

static bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void add_unless_ignored(sigset_t *set, const int *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_ignored(numbers[i]))
			sigaddset(set, numbers[i]);
}

void vprep_signals_block_others(void)
{
	sigset_t set;

	sigemptyset(&set);
	add_unless_ignored(&set, others, VPREP_ARRAY_SIZE(others));
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void vprep_signals_block(sigset_t *ret)
{
	sigemptyset(ret);
	add_unless_ignored(ret, others, VPREP_ARRAY_SIZE(others));
	add_unless_ignored(ret, stoppers, VPREP_ARRAY_SIZE(stoppers));
	sigaddset(ret, SIGCHLD);
	sigprocmask(SIG_BLOCK, ret, NULL);
}

void vprep_signals_unblock(void)
{
	const struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	add_unless_ignored(&set, stoppers, VPREP_ARRAY_SIZE(stoppers));
	sigaddset(&set, SIGCHLD);
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void vprep_signals_restore(void)
{
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigaction(SIGCHLD, &child_before, NULL);
	vprep_signals_release();
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

bool vprep_signals_caught(void *unused)
{
	(void)unused;
	return caught;
}

void vprep_signals_forget(void)
{
	caught = 0;
}
