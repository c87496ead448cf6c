// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "common/str.h"

static void say(const char *verb, const char *format, va_list ap)
{
	_cleanup_free_ char *text = vprep_vstrf(format, ap);

	fprintf(stderr, "vfio-prep%s%s: %s\n", verb ? " " : "", verb ? verb : "",
		text ? text : "out of memory");
}

void vprep_message(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(NULL, format, ap);
	va_end(ap);
}

int vprep_message_usage(const char *verb, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(verb, format, ap);
	va_end(ap);
	return 2;
}

void vprep_message_oom(void)
{
	vprep_message("out of memory");
	exit(1);
}

void vprep_message_log(void *data, enum vprep_log_level level, const char *line)
{
	const struct vprep_args *args = data;

	if (level == VPREP_LOG_DEBUG && !vprep_args_has(args, VPREP_OPT_VERBOSE))
		return;
	if (level == VPREP_LOG_NOTICE && vprep_args_has(args, VPREP_OPT_QUIET))
		return;
	vprep_message("%s", line);
}
