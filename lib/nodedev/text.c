// SPDX-License-Identifier: GPL-2.0-or-later
/* A node device as lines for people, from the elements of its XML: "label: text
 * (attribute value, …)". */
#include <stdlib.h>

#include "common/str.h"
#include "nodedev/kind.h"

#define INDENT 2

struct page {
	struct vprep_buf buf;
	unsigned depth;
	/* The line that is being made. */
	bool in_line;
	unsigned at;
	struct vprep_buf label, text, attributes;
};

static const char *content(const struct vprep_buf *b)
{
	return b->data ? b->data : "";
}

/* The outermost element is the page itself. */
static void end_line(struct page *p)
{
	const char *text = content(&p->text), *attributes = content(&p->attributes);

	if (p->in_line && p->at > 0) {
		vprep_buf_addf(&p->buf, "%*s%s:", (int)(p->at - 1) * INDENT, "",
			       content(&p->label));
		if (*text)
			vprep_buf_addf(&p->buf, " %s", text);
		if (*attributes)
			vprep_buf_addf(&p->buf, *text ? " (%s)" : " %s", attributes);
		vprep_buf_add(&p->buf, "\n");
	}
	p->buf.failed |= p->label.failed || p->text.failed || p->attributes.failed;
	p->in_line = false;
	vprep_buf_done(&p->label);
	vprep_buf_done(&p->text);
	vprep_buf_done(&p->attributes);
}

static void open_line(void *to, const char *element)
{
	struct page *p = to;

	end_line(p);
	p->in_line = true;
	p->at = p->depth++;
	vprep_buf_add(&p->label, element);
}

/* "capability" says nothing to people, its type does. */
static void add_attribute(void *to, const char *attribute, const char *value)
{
	struct page *p = to;

	if (streq(content(&p->label), "capability")) {
		vprep_buf_done(&p->label);
		vprep_buf_add(&p->label, value);
	} else {
		vprep_buf_addf(&p->attributes, "%s%s %s", p->attributes.len ? ", " : "",
			       attribute, value);
	}
}

static void add_text(void *to, const char *text)
{
	vprep_buf_add(&((struct page *)to)->text, text);
}

static void close_line(void *to)
{
	struct page *p = to;

	end_line(p);
	p->depth--;
}

static void add_address(void *to, struct vprep_pci_address address)
{
	open_line(to, "address");
	add_text(to, vprep_pci_address_text(address).s);
	close_line(to);
}

int vprep_nodedev_text(struct vprep_nodedev_reader *reader, char **ret)
{
	struct page p = { .depth = 0 };
	const struct vprep_nodedev_emitter emitter = {
		.open = open_line,
		.set = add_attribute,
		.text = add_text,
		.close = close_line,
		.address = add_address,
		.to = &p,
	};
	int r;

	vprep_nodedev_emit(reader, &emitter);
	r = vprep_buf_take(&p.buf, ret);
	vprep_buf_done(&p.buf);
	return r;
}
