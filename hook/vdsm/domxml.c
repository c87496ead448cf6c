// SPDX-License-Identifier: GPL-2.0-or-later
#include "domxml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

#define BLANKS " \t\r\n"

struct scan {
	const char *text;
	size_t len;
	size_t at;
	unsigned depth; /* elements that are open */
	bool has_root;
	bool has_devices;
	bool has_end;
	struct vprep_domxml_places places;
};

static bool looking_at(const struct scan *s, const char *word)
{
	size_t n = strlen(word);

	return s->len - s->at >= n && memcmp(s->text + s->at, word, n) == 0;
}

/* Past the end of what begins with @opening. */
static const char *skip(struct scan *s, const char *opening, const char *closing)
{
	const char *from = s->text + s->at + strlen(opening);
	const char *end =
		memmem(from, s->len - (size_t)(from - s->text), closing, strlen(closing));

	if (!end)
		return "a comment or the like does not end";
	s->at = (size_t)(end - s->text) + strlen(closing);
	return NULL;
}

/* The index of a tag's '>', outside quotes; 0: it does not end. */
static size_t tag_end(const struct scan *s)
{
	char quote = 0;

	for (size_t i = s->at; i < s->len; i++) {
		char c = s->text[i];

		if (quote ? c == quote : (c == '"' || c == '\''))
			quote = quote ? 0 : c;
		else if (!quote && c == '>')
			return i;
	}
	return 0;
}

static bool is_named(const struct scan *s, size_t name, size_t end, const char *word)
{
	size_t n = strlen(word);

	return end - name >= n && memcmp(s->text + name, word, n) == 0 &&
	       (end - name == n || strchr(BLANKS "/", s->text[name + n]));
}

static const char *see_devices(struct scan *s, size_t at, bool is_empty)
{
	if (s->has_devices)
		return "it has more than one <devices>";
	s->has_devices = true;
	s->places.devices = at;
	s->places.is_empty = is_empty;
	return NULL;
}

static const char *open_tag(struct scan *s, size_t end)
{
	size_t name = s->at + 1;
	bool is_empty = s->text[end - 1] == '/';
	const char *why = NULL;

	if (s->depth == 0) {
		if (s->has_root || !is_named(s, name, end, "domain") || is_empty)
			return "it is not a <domain>";
		s->has_root = true;
	}
	if (s->depth == 1 && is_empty && is_named(s, name, end, "devices"))
		why = see_devices(s, end - 1, true);
	s->depth += !is_empty;
	return why;
}

static const char *close_tag(struct scan *s, size_t end)
{
	size_t name = s->at + 2;

	if (s->depth == 0)
		return "an end tag has no beginning";
	s->depth--;
	if (s->depth == 0) {
		s->has_end = is_named(s, name, end, "domain");
		s->places.end = s->at;
	}
	if (s->depth == 1 && is_named(s, name, end, "devices"))
		return see_devices(s, s->at, false);
	return NULL;
}

static const char *scan_markup(struct scan *s)
{
	const char *why;
	size_t end;

	if (looking_at(s, "<!--"))
		return skip(s, "<!--", "-->");
	if (looking_at(s, "<![CDATA["))
		return skip(s, "<![CDATA[", "]]>");
	if (looking_at(s, "<?"))
		return skip(s, "<?", "?>");
	if (looking_at(s, "<!"))
		return "it has a document type declaration";
	end = tag_end(s);
	if (end == 0)
		return "a tag does not end";
	why = looking_at(s, "</") ? close_tag(s, end) : open_tag(s, end);
	s->at = end + 1;
	return why;
}

const char *vprep_domxml_find(const char *text, size_t len,
			      struct vprep_domxml_places *ret)
{
	struct scan s = { .text = text, .len = len };
	const char *why = memchr(text, 0, len) ? "it has a NUL byte" : NULL;

	while (!why && s.at < len) {
		const char *next = memchr(text + s.at, '<', len - s.at);

		if (!next)
			break;
		s.at = (size_t)(next - text);
		why = scan_markup(&s);
	}
	if (!why && (s.depth > 0 || !s.has_end))
		why = "it is not a whole <domain>";
	if (!why && !s.has_devices)
		why = "it has no <devices>";
	if (!why)
		*ret = s.places;
	return why;
}

char *vprep_domxml_add(const char *text, size_t len,
		       const struct vprep_domxml_places *places, const char *devices,
		       const char *rest, size_t *ret_len)
{
	size_t from = places->devices + places->is_empty;
	char *whole = NULL;
	FILE *f = open_memstream(&whole, ret_len);

	if (f) {
		fwrite(text, 1, places->devices, f);
		if (places->is_empty) /* "<devices" is there, and ">" follows */
			fprintf(f, ">%s</devices", devices);
		else
			fputs(devices, f);
		fwrite(text + from, 1, places->end - from, f);
		fputs(rest, f);
		fwrite(text + places->end, 1, len - places->end, f);
	}
	if (!f || fclose(f) != 0) {
		fputs("vfio-prep: out of memory\n", stderr);
		exit(2);
	}
	return whole;
}
