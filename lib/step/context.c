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

int vprep_step_mark(const struct vprep_step_context *context, struct vprep_step *step,
		    enum vprep_step_state state)
{
	vprep_step_log(context, VPREP_LOG_DEBUG, "%s: %s %s", step->device,
		       step->kind->name, vprep_step_state_name(state));
	return vprep_journal_mark(context->journal, step, state);
}
