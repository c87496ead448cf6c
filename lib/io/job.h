/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that the kernel may block, each piece with a deadline, in child processes that
 * take one piece after the other: to start a process costs as much as many a piece.
 *
 * I1  Of the fds of its parent, a child has only its socket, the host's roots and what
 *     they are below, and the fd `hold` of struct vprep_jobs.
 * I2  A child dies with its parent: nothing is written after the parent is gone, but for
 *     the one system call that the child is in.
 * I3  At the deadline the child is killed. When the kernel does not let it die, it is
 *     left behind, and its job is `stuck`; another child has the next jobs.
 */
#ifndef VPREP_IO_JOB_H
#define VPREP_IO_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vfio-prep.h"
#include "io/io.h"

struct vprep_job {
	/* Runs in the child, where other jobs run after it. Returns 0 or -errno and fills
	 * *ret_err on failure. It may put text for the parent into ret_err->message on
	 * success too. */
	int (*run)(struct vprep_io *io, void *data, struct vprep_error *ret_err);
	void *data;
	bool serial;	   /* never beside another serial one */
	unsigned deadline; /* seconds */

	/* vprep_jobs_run()'s own */
	bool started;
	int64_t since; /* when it began; ms, monotonic */
	int64_t end;   /* when its deadline is over; the same */

	/* results */
	bool finished; /* result and err are set; false for one that was never started */
	bool stuck;    /* the child is still in the kernel */
	int result;
	pid_t pid;
	uint64_t pid_start; /* the child's start time, clock ticks since boot */
	struct vprep_error err;
};

struct vprep_jobs {
	struct vprep_job *jobs;
	size_t n;
	unsigned parallel;
	int hold; /* an fd above stderr that each child keeps until it ends; 0: none */
	/* Called in the parent as each job ends, in the order of ending. A negative
	 * answer stops further starts; what runs is still waited for. May be NULL. */
	int (*done)(struct vprep_job *job, void *data);
	/* Called in the parent at the start, as each job ends, and now and then between
	 * these. May be NULL. */
	void (*watch)(const struct vprep_jobs *jobs);
	bool (*interrupted)(void *data); /* polled; a true answer stops further starts */
	void *interrupted_data;
	void *data;
};

/* 0 when every job was started and ended well; else the first failure. */
int vprep_jobs_run(struct vprep_io *io, struct vprep_jobs *jobs);

#endif
