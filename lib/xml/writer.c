// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"

#define INDENT 2

static void add_escaped(struct vprep_xml_writer *w, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	const char *p;

	if (!copy) {
		w->failed = true;
		return;
	}
	vprep_str_make_printable(copy);
	for (p = copy; *p;) {
		size_t plain = strcspn(p, "<>&'\"");

		vprep_buf_add_n(&w->buf, p, plain);
		p += plain;
		if (!*p)
			break;
		vprep_buf_add(&w->buf, *p == '<'    ? "&lt;"
				       : *p == '>'  ? "&gt;"
				       : *p == '&'  ? "&amp;"
				       : *p == '\'' ? "&apos;"
						    : "&quot;");
		p++;
	}
}

static void end_tag(struct vprep_xml_writer *w, const char *with)
{
	if (w->in_tag)
		vprep_buf_add(&w->buf, with);
	w->in_tag = false;
}

static void indent(struct vprep_xml_writer *w)
{
	vprep_buf_addf(&w->buf, "%*s", (int)(w->depth * INDENT), "");
}

void vprep_xml_open(struct vprep_xml_writer *w, const char *name)
{
	assert(w->depth < VPREP_XML_WRITER_DEPTH_MAX);
	end_tag(w, ">\n");
	indent(w);
	vprep_buf_addf(&w->buf, "<%s", name);
	w->open[w->depth++] = name;
	w->in_tag = true;
	w->has_text = false;
}

void vprep_xml_set(struct vprep_xml_writer *w, const char *name, const char *value)
{
	assert(w->in_tag);
	vprep_buf_addf(&w->buf, " %s='", name);
	add_escaped(w, value);
	vprep_buf_add(&w->buf, "'");
}

void vprep_xml_add_text(struct vprep_xml_writer *w, const char *text)
{
	assert(w->depth > 0);
	end_tag(w, ">");
	add_escaped(w, text);
	w->has_text = true;
}

void vprep_xml_close(struct vprep_xml_writer *w)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->in_tag) {
		end_tag(w, "/>\n");
	} else {
		if (!w->has_text)
			indent(w);
		vprep_buf_addf(&w->buf, "</%s>\n", w->open[w->depth]);
	}
	w->has_text = false;
}

int vprep_xml_take(struct vprep_xml_writer *w, char **ret)
{
	assert(w->depth == 0);
	return w->failed ? -ENOMEM : vprep_buf_take(&w->buf, ret);
}

void vprep_xml_writer_done(struct vprep_xml_writer *w)
{
	vprep_buf_done(&w->buf);
}
