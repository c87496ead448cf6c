/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps in children, many at once, marked in the journal as they end. */
#ifndef VPREP_EXEC_RUN_H
#define VPREP_EXEC_RUN_H

#include "exec/exec.h"

struct vprep_run {
	int (*work)(struct vprep_io *io, void *step, struct vprep_error *err);
	enum vprep_step_state mark; /* of one that succeeds */
	/* Called when a step fails, before that is recorded. May be NULL. */
	void (*failed)(struct vprep_step_context *exec, struct vprep_step *step,
		       int result);
	unsigned deadline;
	bool stop_on_failure; /* start no more after one */
};

/* Runs @work for the journal's steps at @indices. A step that fails in time keeps its
 * state when @stop_on_failure (its undo will see to it), else it is marked as failed; one
 * that the kernel holds is marked as failed with its child. With @stop_on_failure those
 * that then had no turn are marked as undone. Returns the first failure. */
int vprep_run_steps(struct vprep_step_context *exec, const struct vprep_run *run,
		    const size_t *indices, size_t n, struct vprep_error *err);

#endif
