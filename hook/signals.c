// SPDX-License-Identifier: GPL-2.0-or-later
#include "signals.h"

#include <signal.h>
#include <stddef.h>

#include "cleanup.h"

static const int stoppers[] = { SIGINT, SIGTERM, SIGHUP };

static struct sigaction before[ARRAY_SIZE(stoppers)];
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	(void)number;
	caught = 1;
}

void vprep_signals_init(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &action, NULL);
	/* Inherited as ignored it would make the kernel reap the library's children, and
	 * their results would be lost (wait(2), ECHILD). */
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
}

void vprep_signals_catch(void)
{
	/* Without SA_RESTART: a wait for a lock must come back to look at the flag. */
	const struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < ARRAY_SIZE(stoppers); i++) {
		sigaction(stoppers[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(stoppers[i], &action, NULL);
	}
}

void vprep_signals_release(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(stoppers); i++)
		sigaction(stoppers[i], &before[i], NULL);
}

bool vprep_signals_caught(void *unused)
{
	(void)unused;
	return caught;
}
