// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/ask-first.h"

#include <errno.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/str.h"
#include "io/job.h"

#define MOMENT_MS 1000

static int ask_in_child(struct vprep_io *io, vprep_io_question ask, void *data)
{
	struct vprep_job job = { .run = ask,
				 .data = data,
				 .deadline = VPREP_ANSWER_SECONDS };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };

	return vprep_jobs_run(io, &jobs) == -ETIMEDOUT ? -ETIMEDOUT : 0;
}

int vprep_io_ask_first(const struct vprep_io *io, const char *lock, const char *about,
		       vprep_io_question ask, void *data)
{
	/* the host stays as it is: this is the account of child processes and answers */
	struct vprep_io *own = (struct vprep_io *)(uintptr_t)io;
	struct vprep_io_answer now = { .is_missing = false };
	const struct vprep_io_answer *last = &own->answer;
	int r;

	if (!io->live || io->is_child)
		return 0;
	snprintf(now.lock, sizeof(now.lock), "%s", lock);
	snprintf(now.about, sizeof(now.about), "%s", about);
	if (vprep_now_ms() < last->until && streq(last->lock, now.lock) &&
	    (last->is_missing || streq(last->about, now.about)))
		return last->is_missing ? -ETIMEDOUT : 0;
	r = ask_in_child(own, ask, data);
	now.is_missing = r < 0;
	now.until = vprep_now_ms() + MOMENT_MS;
	own->answer = now;
	return r;
}
