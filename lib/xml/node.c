// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/error.h"

enum vprep_xml_namespace vprep_xml_namespace_of(const char *uri)
{
	if (!uri)
		return VPREP_XML_PLAIN;
	if (streq(uri, VPREP_XML_OURS_URI))
		return VPREP_XML_OURS;
	/* METADATA_VM_VDSM_URI in VDSM's lib/vdsm/virt/xmlconstants.py */
	if (streq(uri, "http://ovirt.org/vm/1.0"))
		return VPREP_XML_OVIRT;
	return VPREP_XML_FOREIGN;
}

const char *vprep_xml_attribute(const struct vprep_xml_node *node, const char *name)
{
	size_t i;

	for (i = 0; i < node->n_attributes; i++)
		if (streq(node->attributes[i].name, name))
			return node->attributes[i].value;
	return NULL;
}

const struct vprep_xml_node *vprep_xml_child(const struct vprep_xml_node *node,
					     enum vprep_xml_namespace space,
					     const char *name)
{
	const struct vprep_xml_node *child;

	for (child = node->children; child; child = child->next)
		if (vprep_xml_is(child, space, name))
			return child;
	return NULL;
}

int vprep_xml_refuse(struct vprep_error *err, unsigned line, const char *format, ...)
{
	char text[sizeof(err->message) - 64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL, "line %u: %s", line,
			       text);
}
