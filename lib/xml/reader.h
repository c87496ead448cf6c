/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a document from memory, in one pass, and calls a handler for each element that
 * the schema names, with all that is in it. Other elements take no memory.
 *
 * I1: no file and no network is touched, no entity is replaced, and a document type
 *     declaration is refused.
 * I2: the size of the document, depth, elements and attributes are bounded, and by that
 *     memory and time.
 * I3: libxml2 prints nothing, and its settings for the thread are as they were.
 */
#ifndef VPREP_XML_READER_H
#define VPREP_XML_READER_H

#include <stddef.h>

#include "xml/node.h"

#define VPREP_XML_DEPTH_MAX 256
#define VPREP_XML_ELEMENTS_MAX 100000
#define VPREP_XML_ATTRIBUTES_MAX 200000
#define VPREP_XML_NAMESPACES_MAX 1024 /* declared at one place */

/* What handles an element: a child of the root, or of a child of it without namespace. */
struct vprep_xml_handler {
	const char *section; /* the root's child that it is in; NULL: the root */
	enum vprep_xml_namespace space;
	const char *name; /* NULL: any */
	/* Called at its end. What it returns below 0 ends the reading. */
	int (*handle)(void *data, const struct vprep_xml_node *node,
		      struct vprep_error *err);
};

struct vprep_xml_schema {
	const char *root; /* its name, in no namespace */
	const struct vprep_xml_handler *handlers;
	size_t n_handlers;
};

/*
 * Calls the handlers in the order of the document. A document that proves wrong further
 * down has had its upper part handed out by then.
 * -EINVAL it is malformed, of another schema or beyond a bound; -EFBIG; -EOPNOTSUPP
 * libxml2 is not installed; -ENOMEM; what a handler returned. Messages begin with
 * "line N: ", where N is a line of the document.
 */
int vprep_xml_read(const char *text, size_t len, const struct vprep_xml_schema *schema,
		   void *data, struct vprep_error *err);

#endif
