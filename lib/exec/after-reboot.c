// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reboot leaves of a journal: files. */
#include "exec/exec.h"
#include "step/step.h"

int vprep_exec_clean_after_reboot(struct vprep_step_context *exec,
				  struct vprep_error *err)
{
	struct vprep_steps *steps = &exec->journal->steps;
	size_t i;
	int r;

	for (i = steps->n; i-- > 0;) {
		struct vprep_step *s = &steps->items[i];

		r = s->kind == VPREP_STEP_UDEV_RULE && vprep_step_is_live(s)
			    ? vprep_rule_undo(exec, s, err)
			    : 0;
		if (r < 0)
			return r;
		/* not recorded: the file goes with the last of them, and this can be
		 * repeated */
		s->state = VPREP_STEP_UNDONE;
	}
	return 0;
}
