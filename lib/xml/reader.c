// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/reader.h"

#include <errno.h>
#include <stdlib.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "common/error.h"
#include "common/library.h"
#include "common/pool.h"
#include "xml/scan.h"

/*
 * libxml2 brings ICU, whose start-up alone takes longer than all that most commands do,
 * and few commands read XML. Only functions are used, and the structures of the SAX
 * interface, which are the same in either SONAME: 2.14 changed others.
 */
#define SONAMES "libxml2.so.2", "libxml2.so.16"

#define FUNCTIONS(X)                                                                     \
	X(__xmlStructuredError)                                                          \
	X(__xmlStructuredErrorContext)                                                   \
	X(xmlCreatePushParserCtxt)                                                       \
	X(xmlCtxtUseOptions)                                                             \
	X(xmlFreeParserCtxt)                                                             \
	X(xmlInitParser)                                                                 \
	X(xmlParseChunk)                                                                 \
	X(xmlSAX2GetLineNumber)                                                          \
	X(xmlSetStructuredErrorFunc)

/*
 * The parser refuses to keep more than 10 MB that it has not read yet. The reading ends
 * between two chunks; what the parser still finds in the rest of one is ignored.
 */
#define CHUNK ((size_t)256 * 1024)

#if LIBXML_VERSION >= 21200
typedef const xmlError *parser_error;
#else
typedef xmlError *parser_error;
#endif

VPREP_LIBRARY_NOTE("xml", "Reads the XML of domains and devices", "recommended", SONAMES);

static void init_libxml(void);
VPREP_LIBRARY(libxml, FUNCTIONS, .sonames = { SONAMES }, .init = init_libxml);

struct reader {
	xmlParserCtxtPtr parser;
	const struct vprep_xml_schema *schema;
	void *data;
	struct vprep_error *err;
	int result;   /* below 0: the rest of the document is ignored */
	int harmless; /* the last error that does not matter */
	bool complete;

	unsigned depth; /* open elements */
	unsigned n_elements;
	unsigned n_attributes;
	unsigned n_namespaces; /* in force */
	unsigned short namespaces[VPREP_XML_DEPTH_MAX];

	char *section;				 /* the open child of the root */
	const struct vprep_xml_handler *handler; /* of the element that is read whole */
	struct vprep_pool pool;			 /* of that element */
	struct vprep_xml_node *selected;	 /* that element */
	struct vprep_xml_node *open;		 /* the innermost one within it */
};

/* It is not thread-safe itself, up to 2.9. */
static void init_libxml(void)
{
	libxml.xmlInitParser();
}

static unsigned line_of(const struct reader *r)
{
	int line = libxml.xmlSAX2GetLineNumber(r->parser);

	return line > 0 ? (unsigned)line : 1;
}

static void on_error(void *data, parser_error e)
{
	struct reader *r = data;
	const char *text = e->message ? e->message : "unknown error";

	if (r->result < 0)
		return;
	if (e->level < XML_ERR_FATAL) {
		r->harmless = e->code;
		return;
	}
	if (e->code == XML_ERR_NO_MEMORY) {
		r->result = vprep_error_oom(r->err);
		return;
	}
	/* libxml2 says the same for this as for text behind the root element */
	if (e->code == XML_ERR_DOCUMENT_END && !r->complete)
		text = "the document ends too early";
	/* errors of the decoder come without a place */
	r->result =
		vprep_xml_refuse(r->err, e->line > 0 ? (unsigned)e->line : line_of(r),
				 "malformed XML: %.*s", (int)strcspn(text, "\n"), text);
}

static int count(struct reader *r, int n_namespaces, int n_attributes)
{
	const char *what = NULL;
	unsigned max = 0;

	r->n_elements++;
	r->n_attributes += (unsigned)n_attributes;
	r->n_namespaces += (unsigned)n_namespaces;
	if (r->depth >= VPREP_XML_DEPTH_MAX) {
		max = VPREP_XML_DEPTH_MAX;
		what = "elements inside each other";
	} else if (r->n_elements > VPREP_XML_ELEMENTS_MAX) {
		max = VPREP_XML_ELEMENTS_MAX;
		what = "elements";
	} else if (r->n_attributes > VPREP_XML_ATTRIBUTES_MAX) {
		max = VPREP_XML_ATTRIBUTES_MAX;
		what = "attributes";
	} else if (r->n_namespaces > VPREP_XML_NAMESPACES_MAX) {
		max = VPREP_XML_NAMESPACES_MAX;
		what = "namespaces";
	}
	if (what)
		return vprep_xml_refuse(r->err, line_of(r), "more than %u %s", max, what);
	r->namespaces[r->depth] = (unsigned short)n_namespaces;
	return 0;
}

static enum vprep_xml_namespace space_of(const xmlChar *prefix, const xmlChar *uri)
{
	/* A prefix that was never declared is part of the name to libxml2 and libvirt. */
	return prefix && !uri ? VPREP_XML_FOREIGN
			      : vprep_xml_namespace_of((const char *)uri);
}

/* A new last child of the open element, if there is one. */
static struct vprep_xml_node *add_node(struct reader *r, enum vprep_xml_namespace space,
				       const char *name)
{
	struct vprep_xml_node *node = vprep_pool_alloc(&r->pool, 1, sizeof(*node));
	struct vprep_xml_node *parent = r->open;

	if (!node)
		return NULL;
	node->space = space;
	node->name = vprep_pool_dup(&r->pool, name);
	node->line = line_of(r);
	node->number = r->n_elements;
	node->parent = parent;
	if (parent && parent->last)
		parent->last->next = node;
	else if (parent)
		parent->children = node;
	if (parent)
		parent->last = node;
	return node;
}

static void add_attributes(struct reader *r, int n, const xmlChar **from)
{
	struct vprep_xml_attribute *to;
	int i;

	if (n == 0)
		return;
	to = vprep_pool_alloc(&r->pool, (size_t)n, sizeof(*to));
	r->open->attributes = to;
	/* five pointers each: name, prefix, URI, the value's begin and end */
	for (i = 0; to && i < n; i++, from += 5) {
		if (from[1] && !from[2])
			continue;
		to->name = vprep_pool_dup(&r->pool, (const char *)from[0]);
		to->value =
			vprep_pool_take(&r->pool, strndup((const char *)from[3],
							  (size_t)(from[4] - from[3])));
		r->open->n_attributes++;
		to++;
	}
}

static const struct vprep_xml_handler *
find_handler(const struct reader *r, enum vprep_xml_namespace space, const char *name)
{
	const struct vprep_xml_schema *schema = r->schema;
	size_t i;

	for (i = 0; i < schema->n_handlers && r->depth <= 2; i++) {
		const struct vprep_xml_handler *h = &schema->handlers[i];
		const char *section = r->depth == 2 ? r->section : NULL;

		if (r->depth == (h->section ? 2 : 1) &&
		    vprep_str_same(h->section, section) && h->space == space &&
		    (!h->name || streq(h->name, name)))
			return h;
	}
	return NULL;
}

static int enter(struct reader *r, enum vprep_xml_namespace space, const char *name)
{
	struct vprep_xml_node *node;

	if (r->depth == 0 && (space != VPREP_XML_PLAIN || !streq(name, r->schema->root)))
		return vprep_xml_refuse(r->err, line_of(r),
					"the root element is <%.60s>%s, expected <%s>",
					name,
					space == VPREP_XML_PLAIN ? "" : " of a namespace",
					r->schema->root);
	if (r->depth == 1 &&
	    vprep_str_replace(&r->section, space == VPREP_XML_PLAIN ? name : NULL) < 0)
		return vprep_error_oom(r->err);
	if (!r->selected) {
		r->handler = find_handler(r, space, name);
		if (!r->handler)
			return 0;
	}
	node = add_node(r, space, name);
	if (!node)
		return vprep_error_oom(r->err);
	r->open = node;
	if (!r->selected)
		r->selected = node;
	return 0;
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix,
		     const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
		     int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct reader *r = data;

	(void)namespaces;
	(void)n_defaulted;
	if (r->result < 0)
		return;
	r->result = count(r, n_namespaces, n_attributes);
	if (r->result == 0)
		r->result = enter(r, space_of(prefix, uri), (const char *)name);
	if (r->result == 0 && r->open)
		add_attributes(r, n_attributes, attributes);
	if (r->result == 0 && r->pool.failed)
		r->result = vprep_error_oom(r->err);
	r->depth++;
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix,
		   const xmlChar *uri)
{
	struct reader *r = data;

	(void)name;
	(void)prefix;
	(void)uri;
	if (r->result < 0)
		return;
	r->n_namespaces -= r->namespaces[--r->depth];
	r->complete = r->depth == 0;
	if (!r->open)
		return;
	if (r->open->text.data)
		vprep_pool_take(&r->pool, r->open->text.data);
	r->open = r->open->parent;
	if (r->open)
		return;
	r->result = r->pool.failed ? vprep_error_oom(r->err)
				   : r->handler->handle(r->data, r->selected, r->err);
	r->selected = NULL;
	vprep_pool_done(&r->pool);
}

static void on_text(void *data, const xmlChar *text, int len)
{
	struct reader *r = data;

	if (r->result < 0 || !r->open)
		return;
	vprep_buf_add_n(&r->open->text, (const char *)text, (size_t)len);
	if (r->open->text.failed)
		r->result = vprep_error_oom(r->err);
}

static void parse(struct reader *r, const char *text, size_t len)
{
	/* four bytes tell the encoding: UTF-8, or UTF-16 by its mark */
	int first = len < 4 ? 0 : 4, code = 0;
	size_t at = (size_t)first;
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.ignorableWhitespace = on_text,
		.serror = on_error,
	};

	r->parser = libxml.xmlCreatePushParserCtxt(&sax, r, text, first, NULL);
	if (!r->parser) {
		r->result = vprep_error_oom(r->err);
		return;
	}
	/* The parser must see the text that vprep_xml_scan() has seen: what the document
	 * declares does not change its encoding. */
	libxml.xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	do {
		size_t n = len - at < CHUNK ? len - at : CHUNK;

		code = libxml.xmlParseChunk(r->parser, text + at, (int)n, at + n == len);
		at += n;
	} while (at < len && r->result == 0 && (code == 0 || code == r->harmless));
	if (r->result == 0 && ((code != 0 && code != r->harmless) || !r->complete))
		r->result = vprep_xml_refuse(r->err, line_of(r),
					     "malformed XML: error %d of libxml2", code);
	libxml.xmlFreeParserCtxt(TAKE_PTR(r->parser));
}

int vprep_xml_read(const char *text, size_t len, const struct vprep_xml_schema *schema,
		   void *data, struct vprep_error *err)
{
	struct reader r = { .schema = schema, .data = data, .err = err };
	xmlStructuredErrorFunc was_function;
	void *was_context;
	int result = vprep_xml_scan(text, len, err);

	if (result < 0)
		return result;
	if (!vprep_library_open(&libxml_library))
		return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, NULL,
				       "libxml2 is not installed, which reads XML: "
				       "install libxml2");
	/* The decoder's errors go to the thread's handler, not to the parser's. */
	was_function = *libxml.__xmlStructuredError();
	was_context = *libxml.__xmlStructuredErrorContext();
	libxml.xmlSetStructuredErrorFunc(&r, on_error);
	parse(&r, text, len);
	libxml.xmlSetStructuredErrorFunc(was_context, was_function);
	for (; r.open; r.open = r.open->parent)
		vprep_buf_done(&r.open->text);
	vprep_pool_done(&r.pool);
	free(r.section);
	return r.result;
}
