/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps in children, many at once, marked in the journal as they end. */
#ifndef VPREP_EXEC_RUN_H
#define VPREP_EXEC_RUN_H

#include "exec/exec.h"

enum vprep_direction { VPREP_DO, VPREP_UNDO };

/*
 * Does or undoes the journal's steps at @indices. One that the kernel holds is marked as
 * failed with its child; one that fails in time is marked as failed when it is undone,
 * and keeps its state when it is done, as its undo will see to it. After a failure to do
 * one no more are started: those that then had no turn are marked as undone. Returns the
 * first failure.
 */
int vprep_run_steps(struct vprep_step_context *context, enum vprep_direction direction,
		    const size_t *indices, size_t n, struct vprep_error *err);

/* Kinds that share their functions are done and undone together. */
bool vprep_kinds_share_work(const struct vprep_step_kind *a,
			    const struct vprep_step_kind *b);

#endif
