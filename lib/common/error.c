// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/export.h"
#include "common/str.h"

static void copy_text(char *to, size_t size, const char *from)
{
	size_t n = from ? strnlen(from, size - 1) : 0;

	memcpy(to, from ? from : "", n);
	to[n] = '\0';
	vprep_str_make_printable(to);
}

int vprep_error_set(struct vprep_error *err, enum vprep_code code, int number,
		    const char *device, const char *format, ...)
{
	va_list ap;

	if (err) {
		err->code = code;
		err->number = number;
		copy_text(err->device, sizeof(err->device), device);
		va_start(ap, format);
		vsnprintf(err->message, sizeof(err->message), format, ap);
		va_end(ap);
		vprep_str_make_printable(err->message);
	}
	return number ? -number : -EIO;
}

void vprep_error_append(struct vprep_error *err, const char *format, ...)
{
	size_t used;
	va_list ap;

	if (!err)
		return;
	used = strlen(err->message);
	va_start(ap, format);
	vsnprintf(err->message + used, sizeof(err->message) - used, format, ap);
	va_end(ap);
	vprep_str_make_printable(err->message);
}

bool vprep_error_is_shortage(int r)
{
	return r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

int vprep_error_oom(struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_FAILED, ENOMEM, NULL, "out of memory");
}

VPREP_EXPORT int vprep_error_exit_status(const struct vprep_error *err)
{
	static const unsigned char status[] = {
		[VPREP_OK] = 0,		  [VPREP_E_FAILED] = 1,
		[VPREP_E_USAGE] = 2,	  [VPREP_E_REFUSED] = 3,
		[VPREP_E_NOT_FOUND] = 3,  [VPREP_E_UNSUPPORTED] = 3,
		[VPREP_E_NOT_VIABLE] = 3, [VPREP_E_IN_USE] = 3,
		[VPREP_E_OWNED] = 3,	  [VPREP_E_LEFT] = 4,
	};

	return err->code < VPREP_ARRAY_SIZE(status) ? status[err->code] : 1;
}
