/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attribute values, read the way libvirt reads them. */
#ifndef VPREP_XML_VALUE_H
#define VPREP_XML_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/device.h"
#include "xml/node.h"

/*
 * As virStrToLong_ullp(), with the base 0 or 10: white space and one '+' before it, no
 * '-', nothing behind it; in base 0, 0x is hexadecimal, a leading 0 octal, and 0b binary,
 * as it is to libvirt with a C library of 2023 or later.
 * -EINVAL, -ERANGE.
 */
int vprep_xml_parse_number(const char *s, unsigned base, uint64_t max, uint64_t *ret);

/* Six pairs as virMacAddrParse() takes them: one digit will do. -EINVAL. */
int vprep_xml_parse_mac(const char *s, uint8_t ret[6]);

/* A word that can be a file's name: printable ASCII without blanks and slashes, up to 255
 * bytes, neither "." nor "..". */
bool vprep_xml_is_word(const char *s);

/* How a numeric attribute is read. */
struct vprep_xml_number {
	const char *name;
	unsigned base;
	bool required; /* else 0 when absent */
	uint64_t min;
	uint64_t max;
};

/* The attribute's value; -EINVAL with a message. */
int vprep_xml_get_number(const struct vprep_xml_node *node,
			 const struct vprep_xml_number *form, uint64_t *ret,
			 struct vprep_error *err);

/* "yes" or "no"; *ret stays when the attribute is absent. */
int vprep_xml_get_yes_no(const struct vprep_xml_node *node, const char *name, bool *ret,
			 struct vprep_error *err);

/* The same of an attribute that says how VFIO's devices are used. */
int vprep_xml_get_iommufd(const struct vprep_xml_node *node, const char *name,
			  enum vprep_iommufd_wish *ret, struct vprep_error *err);

/* *ret is NULL when the attribute is absent, which is refused when required. */
int vprep_xml_get_word(const struct vprep_xml_node *node, const char *name, bool required,
		       const char **ret, struct vprep_error *err);

#endif
