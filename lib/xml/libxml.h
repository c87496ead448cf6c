/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxml2, opened when it is first needed: it brings ICU, whose start-up alone takes
 * longer than all that most commands do, and few commands read XML.
 *
 * Only functions, and the structures of the SAX interface, which are the same in either
 * SONAME: 2.14 changed others.
 */
#ifndef VPREP_XML_LIBXML_H
#define VPREP_XML_LIBXML_H

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#define VPREP_LIBXML_FUNCTIONS(X)                                                        \
	X(__xmlStructuredError)                                                          \
	X(__xmlStructuredErrorContext)                                                   \
	X(xmlCreatePushParserCtxt)                                                       \
	X(xmlCtxtUseOptions)                                                             \
	X(xmlFreeParserCtxt)                                                             \
	X(xmlInitParser)                                                                 \
	X(xmlParseChunk)                                                                 \
	X(xmlSAX2GetLineNumber)                                                          \
	X(xmlSetStructuredErrorFunc)

struct vprep_libxml {
#define X(name) __typeof__(name) *name;
	VPREP_LIBXML_FUNCTIONS(X)
#undef X
};

/* The library's functions, or NULL when it is not installed. Thread-safe. */
const struct vprep_libxml *vprep_libxml(void);

#endif
