// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/tags.h"

#include <string.h>

#include "common/cleanup.h"

unsigned vprep_tags_unit(const struct vprep_tags *tags, size_t at)
{
	const unsigned char *p = tags->text + (tags->wide ? 2 * at : at);

	if (!tags->wide)
		return *p;
	return tags->little_endian ? p[0] | (unsigned)p[1] << 8
				   : p[1] | (unsigned)p[0] << 8;
}

bool vprep_tags_looking_at(const struct vprep_tags *tags, size_t at, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (at + i >= tags->n ||
		    vprep_tags_unit(tags, at + i) != (unsigned char)word[i])
			return false;
	return true;
}

bool vprep_tags_is_blank(unsigned unit)
{
	return unit == ' ' || unit == '\t' || unit == '\r' || unit == '\n';
}

struct vprep_tags vprep_tags_begin(const char *text, size_t len)
{
	struct vprep_tags tags = { (const unsigned char *)text, .n = len, .line = 1 };

	tags.little_endian = vprep_tags_looking_at(&tags, 0, "\xff\xfe");
	tags.wide = tags.little_endian || vprep_tags_looking_at(&tags, 0, "\xfe\xff");
	if (tags.wide) {
		tags.n = len / 2;
		tags.at = 1;
	} else if (vprep_tags_looking_at(&tags, 0, "\xef\xbb\xbf")) {
		tags.at = 3;
	}
	return tags;
}

/* Passes over the unit at the current position. */
static unsigned take(struct vprep_tags *tags)
{
	unsigned unit = vprep_tags_unit(tags, tags->at++);

	tags->line += unit == '\n';
	return unit;
}

/* Passes over a comment or the like, if there is one. *@ret_whole: it has an end. */
static bool skip_other_markup(struct vprep_tags *tags, bool *ret_whole)
{
	static const char *const kinds[][2] = {
		{ "<!--", "-->" },
		{ "<![CDATA[", "]]>" },
		{ "<?", "?>" },
	};
	size_t i = 0;

	while (i < VPREP_ARRAY_SIZE(kinds) &&
	       !vprep_tags_looking_at(tags, tags->at, kinds[i][0]))
		i++;
	if (i == VPREP_ARRAY_SIZE(kinds))
		return false;
	tags->at += strlen(kinds[i][0]);
	while (tags->at < tags->n && !vprep_tags_looking_at(tags, tags->at, kinds[i][1]))
		take(tags);
	*ret_whole = tags->at < tags->n;
	if (*ret_whole)
		tags->at += strlen(kinds[i][1]);
	return true;
}

/* Passes over the tag at the current position. */
static void read_tag(struct vprep_tags *tags, struct vprep_tag *tag)
{
	unsigned quote = 0, before = 0, unit = 0;

	if (vprep_tags_looking_at(tags, tag->begin, "</"))
		tag->kind = VPREP_TAG_END;
	else if (vprep_tags_looking_at(tags, tag->begin, "<!"))
		tag->kind = VPREP_TAG_DECLARATION;
	while (tags->at < tags->n && (quote || unit != '>')) {
		before = unit;
		unit = take(tags);
		if (quote) {
			quote = unit == quote ? 0 : quote;
			unit = 0; /* nothing in a value ends the tag */
		} else if (unit == '"' || unit == '\'') {
			quote = unit;
			tag->attributes++;
		}
	}
	tag->end = tags->at - 1;
	if (unit != '>') {
		tag->kind = VPREP_TAG_UNTERMINATED;
		tag->end = tags->n;
	} else if (before == '/' && tag->kind == VPREP_TAG_START) {
		tag->kind = VPREP_TAG_EMPTY;
	}
}

bool vprep_tags_next(struct vprep_tags *tags, struct vprep_tag *ret)
{
	while (tags->at < tags->n) {
		bool whole = true;

		if (vprep_tags_unit(tags, tags->at) != '<') {
			take(tags);
			continue;
		}
		*ret = (struct vprep_tag){ .begin = tags->at, .line = tags->line };
		if (!skip_other_markup(tags, &whole)) {
			read_tag(tags, ret);
			return true;
		}
		if (!whole) {
			ret->kind = VPREP_TAG_UNTERMINATED;
			ret->end = tags->n;
			return true;
		}
	}
	return false;
}

bool vprep_tags_is_named(const struct vprep_tags *tags, const struct vprep_tag *tag,
			 const char *name)
{
	size_t at = tag->begin + (tag->kind == VPREP_TAG_END ? 2 : 1);
	size_t end = at + strlen(name);

	return vprep_tags_looking_at(tags, at, name) && end <= tag->end &&
	       (end == tag->end || vprep_tags_unit(tags, end) == '/' ||
		vprep_tags_is_blank(vprep_tags_unit(tags, end)));
}
