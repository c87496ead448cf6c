// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/reasons.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/export.h"
#include "common/str.h"

int vprep_reasons_add(struct vprep_reasons *reasons, enum vprep_code code,
		      const char *device, char *message, char *fix)
{
	char *name = strdup(device);
	struct vprep_reason *items;

	items = reallocarray(reasons->items, reasons->n + 1, sizeof(*items));
	if (items)
		reasons->items = items;
	if (!items || !name || !message) {
		free(name);
		free(message);
		free(fix);
		return -ENOMEM;
	}
	vprep_str_make_printable(message);
	if (fix)
		vprep_str_make_printable(fix);
	items[reasons->n++] = (struct vprep_reason){
		.code = code,
		.device = name,
		.message = message,
		.fix = fix,
	};
	return 0;
}

void vprep_reasons_done(struct vprep_reasons *reasons)
{
	size_t i;

	for (i = 0; i < reasons->n; i++) {
		free((char *)reasons->items[i].device);
		free((char *)reasons->items[i].message);
		free((char *)reasons->items[i].fix);
	}
	free(reasons->items);
	*reasons = (struct vprep_reasons){ 0 };
}

VPREP_EXPORT void vprep_reasons_free(struct vprep_reasons *reasons)
{
	if (!reasons)
		return;
	vprep_reasons_done(reasons);
	free(reasons);
}

static int number_of(enum vprep_code code)
{
	switch (code) {
	case VPREP_E_NOT_FOUND:
		return ENODEV;
	case VPREP_E_UNSUPPORTED:
		return EOPNOTSUPP;
	case VPREP_E_IN_USE:
	case VPREP_E_OWNED:
		return EBUSY;
	case VPREP_E_USAGE:
		return EINVAL;
	case VPREP_OK:
	case VPREP_E_FAILED:
	case VPREP_E_REFUSED:
	case VPREP_E_NOT_VIABLE:
	case VPREP_E_LEFT:
		break;
	}
	return EPERM;
}

int vprep_reasons_error(const struct vprep_reasons *reasons, struct vprep_error *err)
{
	const struct vprep_reason *first = &reasons->items[0];
	int r;

	r = vprep_error_set(err, first->code, number_of(first->code), first->device,
			    "%s%s%s", first->message, first->fix ? "; try: " : "",
			    first->fix ? first->fix : "");
	if (reasons->n > 1)
		vprep_error_append(err, " (and %zu more: see vfio-prep check)",
				   reasons->n - 1);
	return r;
}
