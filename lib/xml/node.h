/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An element of a document, with all that is in it. */
#ifndef VPREP_XML_NODE_H
#define VPREP_XML_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/str.h"
#include "vfio-prep.h"

enum vprep_xml_namespace {
	VPREP_XML_PLAIN, /* in none, as all of libvirt's */
	VPREP_XML_OURS,
	VPREP_XML_OVIRT,
	VPREP_XML_FOREIGN,
};

#define VPREP_XML_OURS_URI "urn:vfio-prep:1"

struct vprep_xml_attribute {
	char *name;
	char *value;
};

/* All of it lives in the reader, as long as a handler runs. */
struct vprep_xml_node {
	enum vprep_xml_namespace space;
	char *name;
	unsigned line;	 /* where its start tag ends */
	unsigned number; /* among the elements of the document, by their start tags; from
			    1 */
	size_t n_attributes;
	struct vprep_xml_attribute *attributes;
	struct vprep_buf text; /* its own, without its children's */
	struct vprep_xml_node *parent, *next, *children, *last;
};

/* The namespace of that URI; NULL is none. */
enum vprep_xml_namespace vprep_xml_namespace_of(const char *uri);

/* The value of the first attribute of that name, whatever its namespace: so does
 * libxml2's xmlGetProp(), with which libvirt reads it. NULL: there is none. */
const char *vprep_xml_attribute(const struct vprep_xml_node *node, const char *name);

/* The first child of that name, or NULL. */
const struct vprep_xml_node *vprep_xml_child(const struct vprep_xml_node *node,
					     enum vprep_xml_namespace space,
					     const char *name);

/* Never NULL. */
static inline const char *vprep_xml_text(const struct vprep_xml_node *node)
{
	return node->text.data ? node->text.data : "";
}

static inline bool vprep_xml_is(const struct vprep_xml_node *node,
				enum vprep_xml_namespace space, const char *name)
{
	return node->space == space && streq(node->name, name);
}

/* "line 7: " and the message; -EINVAL. */
int vprep_xml_refuse(struct vprep_error *err, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
