// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/net-answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "io/job.h"

#define MOMENT_MS 1000

static int ask_in_child(struct vprep_io *io, vprep_net_question ask, void *data)
{
	struct vprep_job job = { .run = ask,
				 .data = data,
				 .deadline = VPREP_NET_SECONDS };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };

	return vprep_jobs_run(io, &jobs) == -ETIMEDOUT ? -ETIMEDOUT : 0;
}

int vprep_net_ask_first(const struct vprep_io *io, const char *about,
			vprep_net_question ask, void *data)
{
	/* the host stays as it is: this is the account of child processes and answers */
	struct vprep_io *own = (struct vprep_io *)(uintptr_t)io;
	struct vprep_io_answer *last = &own->answer;
	char name[sizeof(last->about)];
	int r;

	if (!io->live || io->is_child)
		return 0;
	snprintf(name, sizeof(name), "%s", about);
	if (vprep_now_ms() < last->until &&
	    (last->is_missing || strcmp(last->about, name) == 0))
		return last->is_missing ? -ETIMEDOUT : 0;
	r = ask_in_child(own, ask, data);
	memcpy(last->about, name, sizeof(name));
	last->is_missing = r < 0;
	last->until = vprep_now_ms() + MOMENT_MS;
	return r;
}

const char *vprep_net_strerror(int r)
{
	return r == -ETIMEDOUT ? "the configuration of network interfaces is stuck, "
				 "which 'ip link' will show, too"
			       : strerror(-r);
}
