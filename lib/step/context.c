// SPDX-License-Identifier: GPL-2.0-or-later
#include "step/context.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/str.h"

void vprep_step_log(const struct vprep_step_context *context, enum vprep_log_level level,
		    const char *format, ...)
{
	char line[sizeof(((struct vprep_error *)NULL)->message)];
	va_list ap;

	if (!context->log)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	vprep_str_make_printable(line);
	context->log(context->log_data, level, line);
}

int vprep_step_mark_all(const struct vprep_step_context *context,
			struct vprep_step *const *steps, size_t n,
			enum vprep_step_state state)
{
	size_t i;

	for (i = 0; i < n; i++)
		vprep_step_log(context, VPREP_LOG_DEBUG, "%s: %s %s", steps[i]->device,
			       steps[i]->kind->name, vprep_step_state_name(state));
	return vprep_journal_mark_all(context->journal, steps, n, state);
}

int vprep_step_mark(const struct vprep_step_context *context, struct vprep_step *step,
		    enum vprep_step_state state)
{
	return vprep_step_mark_all(context, &step, 1, state);
}
