// SPDX-License-Identifier: GPL-2.0-or-later
/* Vital Product Data: PCI Local Bus Specification 3.0, appendix I. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/anonymize-file.h"

#define LARGE 0x80
#define LENGTH_SMALL 0x07
#define TAG_END 0x0f
#define TAG_NAME (LARGE | 0x02)
#define TAG_READONLY (LARGE | 0x10)
#define TAG_READWRITE (LARGE | 0x11)
#define FIELD_HEAD 3
#define BLANKS " \t\n\v\f\r"

struct vital {
	struct vprep_anonymize *anonymize;
	uint8_t *bytes;
	uint8_t added; /* to the sum of all bytes so far */
};

static bool is_secret_field(const uint8_t *key)
{
	return memcmp(key, "SN", 2) == 0 || key[0] == 'V' || key[0] == 'Y';
}

static void set_byte(struct vital *v, uint8_t *byte, uint8_t now)
{
	v->added = (uint8_t)(v->added + now - *byte);
	*byte = now;
}

/* The text of a field without the blanks around it; what is no text becomes another that
 * is none. NULL: out of memory. */
static const char *replacement_of(struct vital *v, char *text)
{
	size_t n = strlen(text), i;

	while (n > 0 && strchr(BLANKS, text[n - 1]))
		text[--n] = '\0';
	text += strspn(text, BLANKS);
	for (i = 0; text[i]; i++)
		if (text[i] < ' ' || text[i] > '~')
			return "\1";
	return *text ? vprep_anonymize_value(v->anonymize, text) : text;
}

/* It stays as long as it was: the end of the replacement, and blanks behind it. */
static int replace_value(struct vital *v, uint8_t *value, size_t len)
{
	_cleanup_free_ char *text = strndup((const char *)value, len);
	const char *with = text ? replacement_of(v, text) : NULL;
	size_t n, i;

	if (!with)
		return -ENOMEM;
	n = strlen(with);
	if (n > len)
		with += n - len;
	for (i = 0; i < len; i++)
		set_byte(v, &value[i], i < n ? (uint8_t)with[i] : ' ');
	return 0;
}

/* Fields up to @end. 1: they are whole; 0: they are not; -ENOMEM. */
static int replace_fields(struct vital *v, size_t at, size_t end)
{
	while (at + FIELD_HEAD <= end) {
		uint8_t *field = v->bytes + at;
		size_t len = field[2];
		int r = 0;

		if (len > end - at - FIELD_HEAD)
			return 0;
		if (is_secret_field(field))
			r = replace_value(v, field + FIELD_HEAD, len);
		/* the sum of all bytes up to it is as right or wrong as it was */
		if (memcmp(field, "RV", 2) == 0 && len > 0)
			set_byte(v, &field[FIELD_HEAD],
				 (uint8_t)(field[FIELD_HEAD] - v->added));
		if (r < 0)
			return r;
		at += FIELD_HEAD + len;
	}
	return at == end;
}

/* 1: the resource was understood; 0: it was not; -ENOMEM. */
static int replace_resource(struct vital *v, uint8_t tag, size_t at, size_t len)
{
	size_t i;

	if (tag == TAG_NAME)
		return 1;
	if (tag == TAG_READONLY || tag == TAG_READWRITE)
		return replace_fields(v, at, at + len);
	for (i = 0; i < len; i++)
		set_byte(v, &v->bytes[at + i], 0);
	return 1;
}

/* How many bytes were understood; -ENOMEM. */
static ssize_t replace(struct vital *v, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint8_t tag = v->bytes[at];
		size_t head = tag & LARGE ? 3 : 1, size = tag & LENGTH_SMALL;
		int r;

		if (!(tag & LARGE) && tag >> 3 == TAG_END)
			return (ssize_t)(at + 1);
		if (head > len - at)
			return (ssize_t)at;
		if (tag & LARGE)
			size = v->bytes[at + 1] | (size_t)v->bytes[at + 2] << 8;
		if (size > len - at - head)
			return (ssize_t)at;
		r = replace_resource(v, tag, at + head, size);
		if (r <= 0)
			return r < 0 ? r : (ssize_t)at;
		at += head + size;
	}
	return (ssize_t)at;
}

int vprep_anonymize_vpd(struct vprep_anonymize *a, void *bytes, size_t len)
{
	struct vital v = { .anonymize = a, .bytes = bytes };
	ssize_t known = replace(&v, len);

	if (known < 0)
		return (int)known;
	memset(v.bytes + known, 0, len - (size_t)known);
	return 0;
}
