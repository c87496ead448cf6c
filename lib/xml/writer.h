/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a document: indented, escaped, well-formed whatever the values hold.
 *
 * I1  Names are the program's own; values may be anything. What XML cannot hold, control
 *     characters and invalid UTF-8, becomes '?'.
 * I2  `failed` latches ENOMEM, so that a document is checked once.
 */
#ifndef VPREP_XML_WRITER_H
#define VPREP_XML_WRITER_H

#include <stdbool.h>

#include "common/str.h"

#define VPREP_XML_WRITER_DEPTH_MAX 16

/* Starts as {0}. */
struct vprep_xml_writer {
	struct vprep_buf buf;
	const char *open[VPREP_XML_WRITER_DEPTH_MAX]; /* names of the elements that are
							 open */
	unsigned depth;
	bool in_tag; /* the start tag of the last one still takes attributes */
	bool has_text;
	bool failed;
};

void vprep_xml_open(struct vprep_xml_writer *w, const char *name);
/* Of the element opened last, before its content. */
void vprep_xml_set(struct vprep_xml_writer *w, const char *name, const char *value);
/* Content of the element opened last. */
void vprep_xml_add_text(struct vprep_xml_writer *w, const char *text);
void vprep_xml_close(struct vprep_xml_writer *w);

/* The document, once every element is closed. -ENOMEM. */
int vprep_xml_take(struct vprep_xml_writer *w, char **ret);
void vprep_xml_writer_done(struct vprep_xml_writer *w);

#endif
