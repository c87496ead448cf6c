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

static bool encoding_fits(const struct vprep_tags *tags, const char *encoding)
{
	static const char *const narrow[] = { "UTF-8", "UTF8",	     "US-ASCII",
					      "ASCII", "ISO-8859-1", "ISO-LATIN-1",
					      NULL };
	static const char *const little[] = { "UTF-16", "UTF16", "UTF-16LE", NULL };
	static const char *const big[] = { "UTF-16", "UTF16", "UTF-16BE", NULL };

	if (!*encoding)
		return true;
	return is_one_of(encoding, !tags->wide		 ? narrow
				   : tags->little_endian ? little
							 : big);
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
			return vprep_xml_refuse(err, line, "a NUL byte");
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
	get_encoding(&tags, encoding);
	if (!encoding_fits(&tags, encoding))
		return vprep_xml_refuse(err, 1,
					"the encoding '%.40s' is not the document's, or "
					"none of UTF-8, UTF-16 and ISO-8859-1",
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
	 * references, or come from a document type declaration. In an encoding in which
	 * these words have other bytes, the document has NUL bytes, or a declaration that
	 * names the encoding, or does not begin with '<'.
	 */
	static const char *const words[] = { "hostdev", "nvme", "vdpa",
					     "&#",	"<!D",	VPREP_XML_OURS_URI };
	struct vprep_tags tags = vprep_tags_begin(text, len);
	char encoding[DECLARATION_MAX];
	size_t i;

	if (len == 0 || tags.wide || memchr(text, 0, len))
		return true;
	get_encoding(&tags, encoding);
	if (!encoding_fits(&tags, encoding))
		return true;
	while (tags.at < len && vprep_tags_is_blank(vprep_tags_unit(&tags, tags.at)))
		tags.at++;
	if (tags.at == len || text[tags.at] != '<')
		return true;
	for (i = 0; i < VPREP_ARRAY_SIZE(words); i++)
		if (has(text, len, words[i]))
			return true;
	return false;
}
