// SPDX-License-Identifier: GPL-2.0-or-later
#include "step/context.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/error.h"
#include "common/str.h"

#define TEXT_MAX sizeof(((struct vprep_error *)NULL)->message)

void vprep_step_log(const struct vprep_step_context *context, enum vprep_log_level level,
		    const char *format, ...)
{
	char line[TEXT_MAX];
	va_list ap;

	if (!context->log)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	vprep_str_make_printable(line);
	context->log(context->log_data, level, line);
}

bool vprep_step_is_interrupted(const struct vprep_step_context *context)
{
	return context->interrupted && context->interrupted(context->interrupted_data);
}

int vprep_step_warn(struct vprep_error *err, const struct vprep_step *step,
		    const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (err->message[0])
		vprep_error_append(err, "; %s", text);
	else
		vprep_error_set(err, VPREP_OK, 0, step->device, "%s: %s", step->device,
				text);
	return 0;
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
