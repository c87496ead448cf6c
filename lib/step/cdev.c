// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The node of one device. Its number is the kernel's choice at the bind, so that a step
 * does not name it: it is looked up by its device, when it is given and when it is taken
 * back. A kill in between changes nothing about that.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "step/step.h"
#include "host/cdev.h"

/* Calls @work for the step with its node, if there is one. */
static int with_node(const struct vprep_step_context *exec, const struct vprep_step *step,
		     int (*work)(const struct vprep_step_context *,
				 const struct vprep_step *, struct vprep_error *),
		     struct vprep_error *err)
{
	_cleanup_free_ char *node = NULL;
	struct vprep_step shown = *step;
	int r = vprep_cdev_find(exec->io, step->device, &node);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot look for the VFIO node of %s: %s",
				       step->device, strerror(-r));
	shown.node = node;
	return node ? work(exec, &shown, err) : 0;
}

int vprep_cdevs_do(const struct vprep_step_context *exec, size_t first,
		   struct vprep_error *err)
{
	struct vprep_steps *steps = &exec->journal->steps;
	size_t i;
	int r;

	for (i = first; i < steps->n; i++) {
		struct vprep_step *step = &steps->items[i];

		if (step->kind != VPREP_STEP_CDEV_PERMISSION)
			continue;
		r = with_node(exec, step, vprep_node_give, err);
		if (r < 0)
			return r;
		r = vprep_step_mark(exec, step, VPREP_STEP_DONE);
		if (r < 0)
			return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
					       "cannot write the journal: %s",
					       strerror(-r));
	}
	return 0;
}

int vprep_cdev_undo(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err)
{
	return with_node(exec, step, vprep_node_undo, err);
}
