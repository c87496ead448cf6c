// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reboot leaves of a journal: files. */
#include "exec/step.h"

int vprep_exec_clean_stale(struct vprep_exec *exec, struct vprep_error *err)
{
	struct vprep_steps *steps = &exec->journal->steps;
	size_t i;
	int r;

	for (i = steps->n; i-- > 0;) {
		struct vprep_step *s = &steps->items[i];

		if (!vprep_step_is_live(s))
			continue;
		r = s->kind == VPREP_STEP_UDEV_RULE ? vprep_rule_undo(exec, s, err) : 0;
		if (r == 0)
			r = vprep_exec_mark(exec, s,
					    s->kind == VPREP_STEP_RELEASE
						    ? VPREP_STEP_DONE
						    : VPREP_STEP_UNDONE);
		if (r < 0)
			return r;
	}
	return 0;
}
