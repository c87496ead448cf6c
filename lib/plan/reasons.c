// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/check.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/error.h"
#include "common/export.h"

/* The list moves when its length is a power of two; what it leaves stays in the pool. */
static struct vprep_reason *grow(struct vprep_reasons *reasons, struct vprep_pool *pool)
{
	size_t n = reasons->n;
	struct vprep_reason *items = reasons->items;

	if ((n & (n - 1)) == 0) {
		items = vprep_pool_alloc(pool, n ? 2 * n : 1, sizeof(*items));
		if (!items)
			return NULL;
		if (n > 0)
			memcpy(items, reasons->items, n * sizeof(*items));
		reasons->items = items;
	}
	return &items[reasons->n++];
}

void vprep_reasons_add(struct vprep_reasons *reasons, struct vprep_pool *pool,
		       enum vprep_code code, const char *device, const char *fix,
		       const char *format, ...)
{
	struct vprep_reason *reason = grow(reasons, pool);
	_cleanup_free_ char *message = NULL;
	va_list ap;

	va_start(ap, format);
	message = vprep_vstrf(format, ap);
	va_end(ap);
	if (reason && message)
		*reason = (struct vprep_reason){
			.code = code,
			.device = vprep_pool_dup(pool, device),
			.message = vprep_pool_printable(pool, message),
			.fix = vprep_pool_printable(pool, fix),
		};
	pool->failed |= !message;
}

VPREP_EXPORT void vprep_reasons_free(struct vprep_reasons *reasons)
{
	vprep_pool_result_free(reasons);
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
