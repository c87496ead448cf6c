// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reboot leaves of a journal: files. */
#include "exec/exec.h"

int vprep_exec_clean_after_reboot(struct vprep_step_context *context,
				  struct vprep_error *err)
{
	struct vprep_steps *steps = &context->journal->steps;
	size_t i;
	int r;

	for (i = steps->n; i-- > 0;) {
		struct vprep_step *s = &steps->items[i];

		r = s->kind->survives_reboot && vprep_step_is_live(s)
			    ? s->kind->parent_undo(context, s, err)
			    : 0;
		if (r < 0)
			return r;
		/* not recorded: the file goes with the last of them, and this can be
		 * repeated */
		s->state = VPREP_STEP_UNDONE;
	}
	return 0;
}
