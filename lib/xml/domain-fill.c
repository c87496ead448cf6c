// SPDX-License-Identifier: GPL-2.0-or-later
#include "xml/domain-fill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/domain-places.h"
#include "common/error.h"
#include "common/str.h"
#include "common/tags.h"

#define HOSTDEV                                                                          \
	"<hostdev mode='subsystem' type='pci' managed='no'><source><address "            \
	"domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/></source></hostdev>"

/* Something that stands in place of so many bytes. */
struct edit {
	size_t at, removed;
	size_t order; /* of those at one place */
	char *text;
};

struct editing {
	const char *text;
	size_t len;
	const struct vprep_domain_fill *fills;
	size_t n_fills;
	size_t n;
	struct edit *edits;
};

static void editing_done(struct editing *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		free(e->edits[i].text);
	free(e->edits);
}

/* Takes @text; NULL: it could not be made. */
static int add(struct editing *e, size_t at, size_t removed, char *text)
{
	struct edit *edit = text ? vprep_array_add(e->edits, e->n) : NULL;

	if (!edit) {
		free(text);
		return -ENOMEM;
	}
	*edit = (struct edit){ at, removed, e->n, text };
	return 0;
}

/* ---- attributes ---- */

struct span {
	size_t begin, end;
};

/* Whether the attribute's name is that one, behind whatever prefix: so the parser takes
 * it, too. */
static bool is_named(const struct editing *e, struct span written, const char *name)
{
	const char *text = e->text + written.begin;
	size_t len = written.end - written.begin;
	const char *colon = memchr(text, ':', len);

	if (colon && strncmp(text, "xmlns:", strlen("xmlns:")) == 0)
		return false;
	if (colon) {
		len -= (size_t)(colon + 1 - text);
		text = colon + 1;
	}
	return len == strlen(name) && memcmp(text, name, len) == 0;
}

static size_t skip(const struct editing *e, size_t at, size_t end, bool blanks)
{
	while (at < end && vprep_tags_is_blank((unsigned char)e->text[at]) == blanks &&
	       (blanks || e->text[at] != '='))
		at++;
	return at;
}

/* The value of the first attribute of that name. False: the tag has none. */
static bool find_value(const struct editing *e, const struct vprep_tag *tag,
		       const char *name, struct span *ret)
{
	size_t at = skip(e, tag->begin, tag->end, false); /* the element's name */

	while (at < tag->end) {
		struct span written, value;
		const char *end;

		written.begin = skip(e, at, tag->end, true);
		written.end = skip(e, written.begin, tag->end, false);
		for (at = written.end; at < tag->end; at++)
			if (e->text[at] == '"' || e->text[at] == '\'')
				break;
		value.begin = at + 1;
		end = value.begin < tag->end ? memchr(e->text + value.begin, e->text[at],
						      tag->end - value.begin)
					     : NULL;
		if (!end)
			return false;
		value.end = (size_t)(end - e->text);
		if (is_named(e, written, name)) {
			*ret = value;
			return true;
		}
		at = value.end + 1;
	}
	return false;
}

/* Takes @value. One that the tag does not have yet comes behind all others. */
static int set_attribute(struct editing *e, const struct vprep_tag *tag, const char *name,
			 char *value)
{
	size_t end = tag->end - (tag->kind == VPREP_TAG_EMPTY);
	_cleanup_free_ char *text = value;
	struct span old;

	if (!text)
		return -ENOMEM;
	if (find_value(e, tag, name, &old))
		return add(e, old.begin, old.end - old.begin, TAKE_PTR(text));
	while (vprep_tags_is_blank((unsigned char)e->text[end - 1]))
		end--;
	return add(e, end, 0, vprep_strf(" %s='%s'", name, text));
}

/* ---- the elements ---- */

static bool is_kept(const struct vprep_domain_fill *fill)
{
	return fill->named->has_address &&
	       vprep_pci_address_same(fill->named->address, fill->address);
}

static int edit_address(struct editing *e, const struct vprep_tag *tag,
			struct vprep_pci_address a)
{
	const struct {
		const char *name;
		int digits;
		unsigned value;
	} parts[] = {
		{ "domain", 4, a.domain },
		{ "bus", 2, a.bus },
		{ "slot", 2, a.slot },
		{ "function", 1, a.function },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(parts); i++)
		r = set_attribute(e, tag, parts[i].name,
				  vprep_strf("0x%0*x", parts[i].digits, parts[i].value));
	return r;
}

static int edit_tag(struct editing *e, const struct vprep_tag *tag, unsigned number)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < e->n_fills; i++) {
		const struct vprep_domain_fill *fill = &e->fills[i];

		if (is_kept(fill))
			continue;
		if (fill->named->element == number)
			r = set_attribute(
				e, tag, "address",
				strdup(vprep_pci_address_text(fill->address).s));
		else if (fill->element == number)
			r = edit_address(e, tag, fill->address);
	}
	return r;
}

/* The parser has numbered the elements as the tags come. */
static int edit_tags(struct editing *e)
{
	struct vprep_tags tags = vprep_tags_begin(e->text, e->len);
	struct vprep_tag tag;
	unsigned number = 0;
	int r = 0;

	while (r == 0 && vprep_tags_next(&tags, &tag))
		if (tag.kind == VPREP_TAG_START || tag.kind == VPREP_TAG_EMPTY)
			r = edit_tag(e, &tag, ++number);
	return r;
}

/* The blanks in front of that place, back to the beginning of the line; false: something
 * else stands there. */
static bool find_indent(const struct editing *e, size_t at, struct span *ret)
{
	size_t begin = at;

	while (begin > 0 && (e->text[begin - 1] == ' ' || e->text[begin - 1] == '\t'))
		begin--;
	*ret = (struct span){ begin, at };
	return begin > 0 && e->text[begin - 1] == '\n';
}

/* One on a line of its own if </devices> stands on one. */
static int add_hostdevs(struct editing *e, const struct vprep_domain_places *places)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	struct span indent = { 0, 0 };
	bool has_lines = !places->is_empty && find_indent(e, places->devices, &indent);
	size_t i;

	for (i = 0; i < e->n_fills; i++) {
		const struct vprep_pci_address *a = &e->fills[i].address;

		if (e->fills[i].element)
			continue;
		vprep_buf_addf(&text, "%s" HOSTDEV "%s", has_lines ? "  " : "", a->domain,
			       a->bus, a->slot, a->function, has_lines ? "\n" : "");
		if (has_lines)
			vprep_buf_add_n(&text, e->text + indent.begin,
					indent.end - indent.begin);
	}
	if (text.len == 0)
		return text.failed ? -ENOMEM : 0;
	/* "<devices" stands before an empty element's slash, ">" behind it. */
	return add(e, places->devices, places->is_empty,
		   vprep_strf(places->is_empty ? ">%s</devices" : "%s", text.data));
}

/* ---- all of it ---- */

static int compare(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->order < y->order ? -1 : 1;
}

static int carry_out(struct editing *e, char **ret)
{
	struct vprep_buf whole = { 0 };
	size_t i, at = 0;

	if (e->n > 0)
		qsort(e->edits, e->n, sizeof(*e->edits), compare);
	for (i = 0; i < e->n; i++) {
		vprep_buf_add_n(&whole, e->text + at, e->edits[i].at - at);
		vprep_buf_add(&whole, e->edits[i].text);
		at = e->edits[i].at + e->edits[i].removed;
	}
	vprep_buf_add_n(&whole, e->text + at, e->len - at);
	return vprep_buf_take(&whole, ret);
}

static int refuse(const char *why, struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
			       "devices cannot be written into the domain XML: %s", why);
}

/* What the parser sees is what was meant, however odd the document is. */
static int check(const char *text, const struct vprep_domain_fill *fills, size_t n,
		 struct vprep_error *err)
{
	_cleanup_(vprep_domain_freep) struct vprep_domain *domain = NULL;
	size_t i;
	int r = vprep_domain_parse(text, strlen(text), &domain, err);

	if (r < 0)
		return r;
	if (domain->n_named != n)
		return refuse("it would have other <vp:device> elements then", err);
	for (i = 0; i < n; i++)
		if (!vprep_pci_address_same(domain->named[i].address, fills[i].address) ||
		    vprep_domain_find_named(domain, &domain->named[i]) == SIZE_MAX)
			return refuse("it would name other devices then", err);
	return 0;
}

int vprep_domain_fill(const char *text, size_t len, const struct vprep_domain_fill *fills,
		      size_t n, char **ret, struct vprep_error *err)
{
	_cleanup_(editing_done) struct editing e = { text, len, fills, n, 0, NULL };
	struct vprep_domain_places places;
	_cleanup_free_ char *filled = NULL;
	const char *why = vprep_domain_places_find(text, len, &places);
	int r;

	if (why)
		return refuse(why, err);
	r = edit_tags(&e);
	if (r == 0)
		r = add_hostdevs(&e, &places);
	if (r == 0)
		r = carry_out(&e, &filled);
	if (r < 0)
		return vprep_error_oom(err);
	r = check(filled, fills, n, err);
	if (r == 0)
		*ret = TAKE_PTR(filled);
	return r;
}
