/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at the bytes of a document, before or instead of parsing it. */
#ifndef VPREP_XML_SCAN_H
#define VPREP_XML_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "vfio-prep.h"

#define VPREP_XML_SIZE_MAX ((size_t)16 * 1024 * 1024)
/* libxml2 up to 2.11 compares each attribute of a tag with each. */
#define VPREP_XML_TAG_ATTRIBUTES_MAX 256

/*
 * Refuses what the parser should not see: more bytes than the above, NUL bytes, anything
 * but UTF-8, and UTF-16 behind a byte order mark, or a declaration of another encoding, a
 * document type declaration, a tag with more attributes than the above. Whatever else is
 * wrong is the parser's to find.
 * -EINVAL, -EFBIG; the message begins with the line.
 */
int vprep_xml_scan(const char *text, size_t len, struct vprep_error *err);

#endif
