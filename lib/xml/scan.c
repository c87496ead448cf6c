// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/scan.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/error.h"
#include "common/export.h"
#include "common/tags.h"
#include "xml/node.h"

#define DECLARATION_MAX 200
#define ENCODINGS "only UTF-8, and UTF-16 with a byte order mark, is read"

/* The value of encoding= in the XML declaration; "" when there is none, and "?", which is
 * no encoding, when the declaration is too long. */
static void get_encoding(const struct vprep_tags *tags,
			 char encoding[static DECLARATION_MAX])
{
	char text[DECLARATION_MAX];
	size_t n = 0;
	const char *p;

	*encoding = '\0';
	if (!vprep_tags_looking_at(tags, tags->at, "<?xml") || tags->at + 5 >= tags->n ||
	    !vprep_tags_is_blank(vprep_tags_unit(tags, tags->at + 5)))
		return;
	while (n < sizeof(text) - 1 && tags->at + n < tags->n &&
	       vprep_tags_unit(tags, tags->at + n) != '>') {
		unsigned c = vprep_tags_unit(tags, tags->at + n);

		text[n++] = c && c < 0x7f ? (char)c : '?';
	}
	text[n] = '\0';
	if (n == sizeof(text) - 1)
		memcpy(encoding, "?", 2);
	p = strstr(text, "encoding");
	if (!p)
		return;
	p += strlen("encoding");
	p += strspn(p, " \t\r\n=");
	if (*p != '"' && *p != '\'')
		return;
	n = strcspn(p + 1, "\"'");
	memcpy(encoding, p + 1, n);
	encoding[n] = '\0';
}

static bool is_one_of(const char *encoding, const char *const *names)
{
	for (; *names; names++)
		if (strcasecmp(encoding, *names) == 0)
			return true;
	return false;
}

static bool is_ascii(const struct vprep_tags *tags)
{
	size_t i;

	for (i = tags->at; i < tags->n; i++)
		if (vprep_tags_unit(tags, i) > 0x7f)
			return false;
	return true;
}

/*
 * The document is read as its first bytes say, whatever it declares (see reader.c). A
 * declaration that says something else is refused, because its author meant other text;
 * in ASCII text, the names of ASCII and of Latin-1 mean the same as UTF-8.
 */
static bool encoding_fits(const struct vprep_tags *tags, const char *encoding)
{
	static const char *const utf_8[] = { "UTF-8", "UTF8", NULL };
	static const char *const ascii[] = { "US-ASCII", "ASCII", "ISO-8859-1",
					     "ISO-LATIN-1", NULL };
	static const char *const little[] = { "UTF-16", "UTF16", "UTF-16LE", NULL };
	static const char *const big[] = { "UTF-16", "UTF16", "UTF-16BE", NULL };

	if (!*encoding)
		return true;
	if (tags->wide)
		return is_one_of(encoding, tags->little_endian ? little : big);
	return is_one_of(encoding, utf_8) ||
	       (is_one_of(encoding, ascii) && is_ascii(tags));
}

/* Text in another encoding, such as EBCDIC, does not begin with the bytes of a tag. */
static bool begins_with_tag(const struct vprep_tags *tags)
{
	size_t at = tags->at;

	while (at < tags->n && vprep_tags_is_blank(vprep_tags_unit(tags, at)))
		at++;
	return vprep_tags_looking_at(tags, at, "<");
}

static int refuse_tags(struct vprep_tags *tags, struct vprep_error *err)
{
	struct vprep_tag tag;

	while (vprep_tags_next(tags, &tag)) {
		if (vprep_tags_looking_at(tags, tag.begin, "<!DOCTYPE"))
			return vprep_xml_refuse(err, tag.line,
						"a document type declaration is refused");
		if (tag.attributes > VPREP_XML_TAG_ATTRIBUTES_MAX)
			return vprep_xml_refuse(err, tag.line,
						"a tag with more than %u attributes",
						VPREP_XML_TAG_ATTRIBUTES_MAX);
	}
	return 0;
}

static int refuse_nul(const struct vprep_tags *tags, struct vprep_error *err)
{
	unsigned line = 1;

	/* one byte a unit is what nearly every document has */
	if (!tags->wide && !memchr(tags->text, 0, tags->n))
		return 0;
	for (size_t i = 0; i < tags->n; i++) {
		if (vprep_tags_unit(tags, i) == 0)
			return vprep_xml_refuse(err, line, "a NUL byte%s",
						i < 4 ? "; " ENCODINGS : "");
		line += vprep_tags_unit(tags, i) == '\n';
	}
	return 0;
}

int vprep_xml_scan(const char *text, size_t len, struct vprep_error *err)
{
	struct vprep_tags tags = vprep_tags_begin(text, len);
	char encoding[DECLARATION_MAX];
	int r;

	if (len == 0)
		return vprep_xml_refuse(err, 1, "the document is empty");
	if (len > VPREP_XML_SIZE_MAX)
		return vprep_error_set(err, VPREP_E_USAGE, EFBIG, NULL,
				       "line 1: the document has more than %zu MiB",
				       VPREP_XML_SIZE_MAX >> 20);
	r = refuse_nul(&tags, err);
	if (r < 0)
		return r;
	if (tags.wide && len % 2)
		return vprep_xml_refuse(err, 1, "half a character of UTF-16 at the end");
	if (!begins_with_tag(&tags))
		return vprep_xml_refuse(
			err, 1, "the document does not begin with a tag; " ENCODINGS);
	get_encoding(&tags, encoding);
	if (!encoding_fits(&tags, encoding))
		return vprep_xml_refuse(err, 1,
					"the declared encoding '%.40s' is not the "
					"document's; " ENCODINGS,
					encoding);
	return refuse_tags(&tags, err);
}

static bool has(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word)) != NULL;
}

VPREP_EXPORT bool vprep_domain_may_need_us(const char *text, size_t len)
{
	/*
	 * Element names cannot be disguised. Values can be spelled with character
	 * references, or come from a document type declaration. What is not UTF-8 is for
	 * vprep_xml_scan() to judge.
	 */
	static const char *const words[] = { "hostdev", "nvme", "vdpa",
					     "&#",	"<!D",	VPREP_XML_OURS_URI };
	struct vprep_tags tags = vprep_tags_begin(text, len);
	char encoding[DECLARATION_MAX];
	size_t i;

	if (tags.wide || memchr(text, 0, len) || !begins_with_tag(&tags))
		return true;
	get_encoding(&tags, encoding);
	if (!encoding_fits(&tags, encoding))
		return true;
	for (i = 0; i < VPREP_ARRAY_SIZE(words); i++)
		if (has(text, len, words[i]))
			return true;
	return false;
}
