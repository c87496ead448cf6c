// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/drift.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/str.h"

int vprep_drift_add(struct vprep_drift *drift, enum vprep_drift_level level,
		    const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = vprep_vstrf(format, ap);
	va_end(ap);
	if (!text)
		return -ENOMEM;
	vprep_str_make_printable(text);
	if (level > drift->level)
		drift->level = level;
	return drift->what && vprep_strv_has(drift->what, text)
		       ? 0
		       : vprep_strv_add(&drift->what, text);
}

void vprep_drift_done(struct vprep_drift *drift)
{
	vprep_strv_free(drift->what);
	*drift = (struct vprep_drift){ 0 };
}
