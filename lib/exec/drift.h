/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host beside what the journal says of it. */
#ifndef VPREP_EXEC_DRIFT_H
#define VPREP_EXEC_DRIFT_H

#include "model/step.h"
#include "step/context.h"

/* What of a claimed device is not as its steps left it. Reads only. -ENOMEM, and what
 * reading sysfs gives; @ret is to be freed whatever it returns. */
int vprep_drift_of_claim(const struct vprep_io *io, const struct vprep_journal *journal,
			 const struct vprep_step *claim, struct vprep_drift *ret);

/*
 * Does those done steps again whose @device or group is concerned and which only need
 * that (VPREP_DRIFT_REDO): the journal keeps them as they are. @group -1: none. *@ret_any
 * is set when there was one. Errors as of the steps.
 */
int vprep_exec_mend(const struct vprep_step_context *context, const char *device,
		    int64_t group, bool *ret_any, struct vprep_error *err);

#endif
