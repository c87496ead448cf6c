/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test has: cmocka, and a check that no file descriptor is left open. */
#ifndef VPREP_TESTS_TEST_H
#define VPREP_TESTS_TEST_H

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka 2 has others for its assert_in_range(), which cmocka 1 does not have. */
static inline void test_is_between(intmax_t value, intmax_t low, intmax_t high)
{
	if (value < low || value > high)
		fail_msg("%jd is not between %jd and %jd", value, low, high);
}

static unsigned test_fds;

static inline unsigned test_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static inline int test_begin(void **state)
{
	(void)state;
	test_fds = test_count_fds();
	return 0;
}

static inline int test_end(void **state)
{
	unsigned now = test_count_fds();

	(void)state;
	if (now != test_fds)
		print_error("%u file descriptors before, %u after\n", test_fds, now);
	return now == test_fds ? 0 : -1;
}

/* A shell that starts something in the background, and nohup, have it ignore these. */
static inline void test_default_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, test_begin, test_end)

#endif
