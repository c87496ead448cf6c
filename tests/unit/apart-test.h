/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a caller of the tests does to run a command apart. */
#ifndef VPREP_TESTS_APART_TEST_H
#define VPREP_TESTS_APART_TEST_H

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "command-test.h"
#include "command.h"
#include "run/environment.h"
#include "signals.h"

static inline int enter(void *data)
{
	(void)data;
	return 0;
}

/* In the caller. */
static inline int run_apart_or_not(const char *word, const char *option,
				   const char *script, bool apart)
{
	const char *argv[] = { word, option, script, NULL };
	const struct vprep_command command = {
		.argv = (char **)(uintptr_t)argv,
		.environment =
			apart ? vprep_environment_new(getuid(), "KEPT,ABSENT") : NULL,
		.uid = getuid(),
		.enter = enter,
	};

	return vprep_command_run(&command);
}

static inline int run(const char *word, const char *option, const char *script)
{
	return run_apart_or_not(word, option, script, true);
}

static inline int shell(const char *script)
{
	return run("sh", "-c", script);
}

/* In a caller, before it runs something. */
/* Signals do what they do by default, even when this test was started without some. */
static inline void be_program(void)
{
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	vprep_signals_init();
	vprep_signals_catch();
	vprep_signals_block_others();
}

#endif
