// SPDX-License-Identifier: GPL-2.0-or-later
#include "print-or-remove.h"

#include "answer.h"

#include <stdio.h>
#include <string.h>

int vprep_print_or_remove(const struct vprep_call *call, const char *name,
			  int (*remove)(struct vprep_session *session, const char *name,
					struct vprep_error *err))
{
	struct vprep_error *err = call->err;
	bool left;
	int r;

	vprep_answer_changes(call, name);
	r = vprep_out_now(call->out);
	if (r == 0)
		return 0;
	left = remove(call->session, name, NULL) < 0;
	*err = (struct vprep_error){ .code = left ? VPREP_E_LEFT : VPREP_E_FAILED,
				     .number = -r };
	snprintf(err->message, sizeof(err->message),
		 "cannot write the name of %.100s to standard output: %s; %s", name,
		 strerror(-r),
		 left ? "it could not be removed again, and stays"
		      : "it was removed again");
	return r;
}
