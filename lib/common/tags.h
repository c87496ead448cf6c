/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks over the tags of an XML document without parsing it.
 *
 * I1  Up to the first error in a document, the tags are where an XML parser sees them.
 *     Comments, CDATA sections and processing instructions are passed over.
 * I2  Nothing behind the end of the text is looked at, and nothing is allocated.
 */
#ifndef VPREP_COMMON_TAGS_H
#define VPREP_COMMON_TAGS_H

#include <stdbool.h>
#include <stddef.h>

/* A document, and how far the walk has come. Positions count units: bytes, or pairs of
 * them in UTF-16. */
struct vprep_tags {
	const unsigned char *text;
	size_t n; /* units */
	size_t at;
	unsigned line;	    /* of @at, from 1 */
	bool wide;	    /* UTF-16 */
	bool little_endian; /* of UTF-16 */
};

enum vprep_tag_kind {
	VPREP_TAG_START,	/* <a> */
	VPREP_TAG_EMPTY,	/* <a/> */
	VPREP_TAG_END,		/* </a> */
	VPREP_TAG_DECLARATION,	/* <!DOCTYPE and the like */
	VPREP_TAG_UNTERMINATED, /* the text ends inside a tag, a comment or the like */
};

struct vprep_tag {
	enum vprep_tag_kind kind;
	size_t begin;	     /* of its '<' */
	size_t end;	     /* of its '>', or of the text */
	unsigned line;	     /* where it begins */
	unsigned attributes; /* quoted values in it */
};

/* At the beginning of a document: behind a byte order mark, which tells the width of its
 * units. Without one, a unit is a byte. */
struct vprep_tags vprep_tags_begin(const char *text, size_t len);

/* The next tag. False: there is none. */
bool vprep_tags_next(struct vprep_tags *tags, struct vprep_tag *ret);

/* The unit at a position, which must be in the text. */
unsigned vprep_tags_unit(const struct vprep_tags *tags, size_t at);

/* Whether the text has the ASCII @word at this position. */
bool vprep_tags_looking_at(const struct vprep_tags *tags, size_t at, const char *word);

/* Whether the element of the tag, as written with its prefix, is @name. */
bool vprep_tags_is_named(const struct vprep_tags *tags, const struct vprep_tag *tag,
			 const char *name);

/* A blank of XML. */
bool vprep_tags_is_blank(unsigned unit);

#endif
