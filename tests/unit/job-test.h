/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of jobs share. */
#ifndef VPREP_TESTS_JOB_TEST_H
#define VPREP_TESTS_JOB_TEST_H

#include <sys/wait.h>
#include <time.h>

#include "fake-test.h"
#include "io/child.h"
#include "io/job.h"

static inline void sleep_ms(unsigned ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
				    .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static inline int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline void wait_for_end(pid_t pid)
{
	int64_t give_up = now_ms() + 10000;

	while (waitpid(pid, NULL, WNOHANG) != pid) {
		assert_true(now_ms() < give_up);
		sleep_ms(5);
	}
}

/* Jobs with a deadline that none should meet. */
static inline struct vprep_jobs make_jobs(struct vprep_job *jobs, size_t n,
					  unsigned parallel)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!jobs[i].deadline)
			jobs[i].deadline = 20;
	return (struct vprep_jobs){ .jobs = jobs, .n = n, .parallel = parallel };
}

#endif
