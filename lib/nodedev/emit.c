// SPDX-License-Identifier: GPL-2.0-or-later
#include "nodedev/emit.h"

#include <stdarg.h>
#include <stdio.h>

#define VALUE_MAX 64

#define FORMAT(value, format)                                                            \
	char value[VALUE_MAX];                                                           \
	va_list ap;                                                                      \
                                                                                         \
	va_start(ap, format);                                                            \
	vsnprintf(value, sizeof(value), format, ap);                                     \
	va_end(ap)

void vprep_emit_open(const struct vprep_nodedev_emitter *e, const char *element)
{
	e->open(e->to, element);
}

void vprep_emit_close(const struct vprep_nodedev_emitter *e)
{
	e->close(e->to);
}

void vprep_emit_set(const struct vprep_nodedev_emitter *e, const char *attribute,
		    const char *format, ...)
{
	FORMAT(value, format);
	e->set(e->to, attribute, value);
}

void vprep_emit_with(const struct vprep_nodedev_emitter *e, const char *element,
		     const char *attribute, const char *format, ...)
{
	FORMAT(value, format);
	e->open(e->to, element);
	e->set(e->to, attribute, value);
	e->close(e->to);
}

void vprep_emit(const struct vprep_nodedev_emitter *e, const char *element,
		const char *text)
{
	if (!text)
		return;
	e->open(e->to, element);
	e->text(e->to, text);
	e->close(e->to);
}

void vprep_emit_number(const struct vprep_nodedev_emitter *e, const char *element,
		       const char *format, ...)
{
	FORMAT(value, format);
	vprep_emit(e, element, value);
}

void vprep_emit_cap(const struct vprep_nodedev_emitter *e, const char *type)
{
	e->open(e->to, "capability");
	e->set(e->to, "type", type);
}

void vprep_emit_id(const struct vprep_nodedev_emitter *e, const char *element,
		   uint16_t id, const char *name)
{
	e->open(e->to, element);
	vprep_emit_set(e, "id", "0x%04x", id);
	if (name)
		e->text(e->to, name);
	e->close(e->to);
}
