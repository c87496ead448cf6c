// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * I1: up to the first error in a document, this sees its tags where the parser does. What
 *     it takes for a tag behind that error matters little, as the parser soon stops.
 */
#include "xml/scan.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/error.h"
#include "common/export.h"
#include "xml/node.h"

#define DECLARATION_MAX 200

struct scan {
	const unsigned char *text;
	size_t n;	    /* in units of one or two bytes */
	bool wide;	    /* UTF-16 */
	bool little_endian; /* then only */
	size_t at;
	unsigned line;
	struct vprep_error *err;
};

static unsigned unit(const struct scan *s, size_t i)
{
	const unsigned char *p = s->text + (s->wide ? 2 * i : i);

	if (!s->wide)
		return *p;
	return s->little_endian ? p[0] | (unsigned)p[1] << 8 : p[1] | (unsigned)p[0] << 8;
}

static bool looking_at(const struct scan *s, const char *word)
{
	size_t i;

	for (i = 0; word[i]; i++)
		if (s->at + i >= s->n || unit(s, s->at + i) != (unsigned char)word[i])
			return false;
	return true;
}

/* As the parser detects it: a byte order mark, or how "<?" is spelled. */
static void detect_width(struct scan *s, size_t len)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool little_endian;
	} marks[] = {
		{ "\xff\xfe", 2, true },
		{ "\xfe\xff", 2, false },
		{ "<\0?\0", 4, true },
		{ "\0<\0?", 4, false },
	};
	size_t i;

	s->n = len;
	for (i = 0; i < VPREP_ARRAY_SIZE(marks); i++) {
		if (len < marks[i].n || memcmp(s->text, marks[i].bytes, marks[i].n) != 0)
			continue;
		s->wide = true;
		s->little_endian = marks[i].little_endian;
		s->n = len / 2;
		break;
	}
	if (s->wide && unit(s, 0) == 0xfeff)
		s->at = 1;
	else if (looking_at(s, "\xef\xbb\xbf"))
		s->at = 3;
}

static bool is_blank(unsigned c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of encoding= in the XML declaration, "" without, or what fits nothing. */
static void get_label(const struct scan *s, char label[static DECLARATION_MAX])
{
	char text[DECLARATION_MAX];
	size_t n = 0;
	const char *p;

	*label = '\0';
	if (!looking_at(s, "<?xml") || s->at + 5 >= s->n || !is_blank(unit(s, s->at + 5)))
		return;
	while (n < sizeof(text) - 1 && s->at + n < s->n && unit(s, s->at + n) != '>') {
		unsigned c = unit(s, s->at + n);

		text[n++] = c && c < 0x7f ? (char)c : '?';
	}
	text[n] = '\0';
	if (n == sizeof(text) - 1)
		memcpy(label, "?", 2);
	p = strstr(text, "encoding");
	if (!p)
		return;
	p += strlen("encoding");
	p += strspn(p, " \t\r\n=");
	if (*p != '"' && *p != '\'')
		return;
	n = strcspn(p + 1, "\"'");
	memcpy(label, p + 1, n);
	label[n] = '\0';
}

static bool is_one_of(const char *label, const char *const *names)
{
	for (; *names; names++)
		if (strcasecmp(label, *names) == 0)
			return true;
	return false;
}

static bool label_fits(const struct scan *s, const char *label)
{
	static const char *const narrow[] = { "UTF-8", "UTF8",	     "US-ASCII",
					      "ASCII", "ISO-8859-1", "ISO-LATIN-1",
					      NULL };
	static const char *const little[] = { "UTF-16", "UTF16", "UTF-16LE", NULL };
	static const char *const big[] = { "UTF-16", "UTF16", "UTF-16BE", NULL };

	if (!*label)
		return true;
	return is_one_of(label, !s->wide ? narrow : s->little_endian ? little : big);
}

/* Past the end of what begins with @opening, or at the document's. */
static void skip(struct scan *s, const char *opening, const char *closing)
{
	s->at += strlen(opening);
	for (; s->at < s->n; s->at++) {
		if (looking_at(s, closing)) {
			s->at += strlen(closing);
			return;
		}
		if (unit(s, s->at) == '\n')
			s->line++;
	}
}

static int scan_tag(struct scan *s)
{
	unsigned quote = 0, attributes = 0, line = s->line;

	for (; s->at < s->n; s->at++) {
		unsigned c = unit(s, s->at);

		if (c == '\n')
			s->line++;
		if (quote) {
			if (c == quote)
				quote = 0;
		} else if (c == '>') {
			return 0;
		} else if (c == '"' || c == '\'') {
			quote = c;
			if (++attributes > VPREP_XML_TAG_ATTRIBUTES_MAX)
				return vprep_xml_refuse(
					s->err, line,
					"a tag with more than %u attributes",
					VPREP_XML_TAG_ATTRIBUTES_MAX);
		}
	}
	return 0;
}

static int scan_markup(struct scan *s)
{
	int r = 0;

	while (s->at < s->n && r == 0) {
		unsigned c = unit(s, s->at);

		if (c == '\n')
			s->line++;
		if (c != '<')
			s->at++;
		else if (looking_at(s, "<!--"))
			skip(s, "<!--", "-->");
		else if (looking_at(s, "<![CDATA["))
			skip(s, "<![CDATA[", "]]>");
		else if (looking_at(s, "<?"))
			skip(s, "<?", "?>");
		else if (looking_at(s, "<!DOCTYPE"))
			r = vprep_xml_refuse(s->err, s->line,
					     "a document type declaration is refused");
		else
			r = scan_tag(s);
	}
	return r;
}

static int refuse_nul(struct scan *s)
{
	unsigned line = 1;
	size_t i;

	/* one byte a unit is what nearly every document has */
	if (!s->wide && !memchr(s->text, 0, s->n))
		return 0;
	for (i = 0; i < s->n; i++) {
		if (unit(s, i) == 0)
			return vprep_xml_refuse(s->err, line, "a NUL byte");
		if (unit(s, i) == '\n')
			line++;
	}
	return 0;
}

int vprep_xml_scan(const char *text, size_t len, struct vprep_error *err)
{
	struct scan s = { .text = (const unsigned char *)text, .line = 1, .err = err };
	char label[DECLARATION_MAX];
	int r;

	if (len == 0)
		return vprep_xml_refuse(err, 1, "the document is empty");
	if (len > VPREP_XML_SIZE_MAX)
		return vprep_error_set(err, VPREP_E_USAGE, EFBIG, NULL,
				       "line 1: the document has more than %zu MiB",
				       VPREP_XML_SIZE_MAX >> 20);
	detect_width(&s, len);
	r = refuse_nul(&s);
	if (r < 0)
		return r;
	get_label(&s, label);
	if (!label_fits(&s, label))
		return vprep_xml_refuse(err, 1,
					"the encoding '%.40s' is not the document's, or "
					"none of UTF-8, UTF-16 and ISO-8859-1",
					label);
	return scan_markup(&s);
}

static bool has(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word)) != NULL;
}

VPREP_EXPORT bool vprep_domain_may_need_us(const char *text, size_t len)
{
	/*
	 * Element names cannot be disguised. Values can be spelled with character
	 * references, or come from a document type declaration. Any encoding in which
	 * these words have other bytes has NUL bytes, or a label, or does not begin
	 * with '<'.
	 */
	static const char *const words[] = { "hostdev", "nvme", "vdpa",
					     "&#",	"<!D",	VPREP_XML_OURS_URI };
	struct scan s = { .text = (const unsigned char *)text, .n = len };
	char label[DECLARATION_MAX];
	size_t i;

	if (len == 0 || memchr(text, 0, len))
		return true;
	if (looking_at(&s, "\xef\xbb\xbf"))
		s.at = 3;
	get_label(&s, label);
	if (!label_fits(&s, label))
		return true;
	while (s.at < len && is_blank(unit(&s, s.at)))
		s.at++;
	if (s.at == len || text[s.at] != '<')
		return true;
	for (i = 0; i < VPREP_ARRAY_SIZE(words); i++)
		if (has(text, len, words[i]))
			return true;
	return false;
}
