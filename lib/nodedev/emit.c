// SPDX-License-Identifier: GPL-2.0-or-later
#include "nodedev/emit.h"

#include <stdarg.h>
#include <stdio.h>

#include "nodedev/kind.h"

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

static void emit_node(const struct vprep_nodedev_emitter *e, const char *type,
		      const char *node)
{
	e->open(e->to, "devnode");
	e->set(e->to, "type", type);
	e->text(e->to, node);
	e->close(e->to);
}

static void emit_head(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *e)
{
	size_t i;

	vprep_emit(e, "name", d->name);
	vprep_emit(e, "path", d->path);
	if (d->devnode)
		emit_node(e, "dev", d->devnode);
	for (i = 0; i < d->n_links; i++)
		emit_node(e, "link", d->links[i]);
	vprep_emit(e, "parent", d->parent);
	if (d->driver) {
		vprep_emit_open(e, "driver");
		vprep_emit(e, "name", d->driver);
		vprep_emit_close(e);
	}
}

void vprep_nodedev_emit(const struct vprep_nodedev *d,
			const struct vprep_nodedev_emitter *e)
{
	const struct vprep_nodedev_kind *kind = vprep_nodedev_kinds[d->cap];

	vprep_emit_open(e, "device");
	emit_head(d, e);
	vprep_emit_cap(e, kind->cap);
	kind->emit(d, e);
	vprep_emit_close(e);
	vprep_emit_close(e);
}
