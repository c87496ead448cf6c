// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/domain-places.h"

#include <string.h>

#include "common/tags.h"

struct search {
	unsigned depth; /* elements that are open */
	bool has_root, has_devices, has_end;
	struct vprep_domain_places places;
};

static const char *see_tag(struct search *s, const struct vprep_tags *tags,
			   const struct vprep_tag *tag)
{
	bool is_empty = tag->kind == VPREP_TAG_EMPTY;

	if (tag->kind == VPREP_TAG_DECLARATION)
		return "it has a document type declaration";
	if (tag->kind == VPREP_TAG_UNTERMINATED)
		return "a tag, a comment or the like does not end";
	if (tag->kind != VPREP_TAG_END && s->depth++ == 0) {
		if (s->has_root || !vprep_tags_is_named(tags, tag, "domain"))
			return "it is not a <domain>";
		s->has_root = true;
	}
	if (tag->kind == VPREP_TAG_START)
		return NULL;
	if (s->depth == 0)
		return "an end tag has no beginning";
	if (s->depth == 2 && vprep_tags_is_named(tags, tag, "devices")) {
		if (s->has_devices)
			return "it has more than one <devices>";
		s->has_devices = true;
		s->places.devices = is_empty ? tag->end - 1 : tag->begin;
		s->places.is_empty = is_empty;
	}
	if (--s->depth == 0) {
		s->has_end = vprep_tags_is_named(tags, tag, "domain");
		s->places.end = tag->begin;
	}
	return NULL;
}

const char *vprep_domain_places_find(const char *text, size_t len,
				     struct vprep_domain_places *ret)
{
	const char *why = memchr(text, 0, len) ? "it has a NUL byte" : NULL;
	struct vprep_tags tags = vprep_tags_begin(text, len);
	struct search s = { .depth = 0 };
	struct vprep_tag tag;

	while (!why && vprep_tags_next(&tags, &tag))
		why = see_tag(&s, &tags, &tag);
	if (!why && (s.depth > 0 || !s.has_end))
		why = "it is not a whole <domain>";
	if (!why && !s.has_devices)
		why = "it has no <devices>";
	if (!why)
		*ret = s.places;
	return why;
}
