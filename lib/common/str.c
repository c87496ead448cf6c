// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/str.h"

#include <errno.h>
#include <stdio.h>

char *vprep_vstrf(const char *format, va_list ap)
{
	char *s;

	return vasprintf(&s, format, ap) < 0 ? NULL : s;
}

char *vprep_strf(const char *format, ...)
{
	va_list ap;
	char *s;

	va_start(ap, format);
	s = vprep_vstrf(format, ap);
	va_end(ap);
	return s;
}

int vprep_str_replace(char **slot, const char *value)
{
	char *copy = NULL;

	if (value) {
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	free(*slot);
	*slot = copy;
	return 0;
}

int vprep_word_index(const char *const *words, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (words[i] && streq(words[i], s))
			return (int)i;
	return -EINVAL;
}

/* Length of the valid UTF-8 sequence at @s, or 0. */
static size_t utf8_length(const unsigned char *s)
{
	size_t n, i;
	uint32_t c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	c = s[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) ||
	    (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	return n;
}

/* C1 controls (U+0080..U+009F) steer terminals as the C0 ones do; marks of direction and
 * separators (U+061C, U+200E, U+200F, U+2028..U+202E, U+2066..U+2069) make a line read as
 * it is not. */
static bool is_control(const unsigned char *s, size_t n)
{
	return (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) ||
	       (n == 2 && s[0] == 0xc2 && s[1] < 0xa0) ||
	       (n == 2 && s[0] == 0xd8 && s[1] == 0x9c) ||
	       (n == 3 && s[0] == 0xe2 &&
		((s[1] == 0x80 &&
		  (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
		 (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)));
}

/* Puts '?' in place of invalid UTF-8, and of control characters if they are not kept. */
static void replace(char *s, bool keep_controls)
{
	unsigned char *p = (unsigned char *)s;

	while (*p) {
		size_t n = utf8_length(p);

		if (n == 0 || (!keep_controls && is_control(p, n))) {
			n = n ? n : 1;
			memset(p, '?', n);
		}
		p += n;
	}
}

void vprep_str_make_printable(char *s)
{
	replace(s, false);
}

void vprep_str_make_utf8(char *s)
{
	replace(s, true);
}

struct vprep_quoted vprep_quote(const char *word)
{
	const size_t room = sizeof(((struct vprep_quoted *)0)->text) - 1;
	struct vprep_quoted q = { "" };
	size_t n = strnlen(word, room + 1);
	bool cut = n > room;

	if (cut)
		n = room;
	for (size_t i = 0; i < n; i++)
		q.text[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
	if (cut)
		memcpy(q.text + room - 3, "...", 3);
	return q;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

int vprep_parse_u64_n(const char *s, size_t len, unsigned base, uint64_t max,
		      uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	if (len == 0)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		unsigned digit = (unsigned)digit_value(s[i]);

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value) || value > max)
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

int vprep_parse_u64(const char *s, unsigned base, uint64_t max, uint64_t *ret)
{
	return vprep_parse_u64_n(s, strlen(s), base, max, ret);
}

static bool buf_reserve(struct vprep_buf *b, size_t more)
{
	size_t size;
	char *data;

	if (b->failed)
		return false;
	if (b->len + more < b->size)
		return true;
	size = (b->len + more + 1) * 2;
	data = realloc(b->data, size);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void vprep_buf_add_n(struct vprep_buf *b, const char *s, size_t n)
{
	if (!buf_reserve(b, n))
		return;
	memcpy(b->data + b->len, s, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void vprep_buf_add(struct vprep_buf *b, const char *s)
{
	vprep_buf_add_n(b, s, strlen(s));
}

void vprep_buf_addf(struct vprep_buf *b, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n >= 0 && buf_reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

int vprep_buf_take(struct vprep_buf *b, char **ret)
{
	if (!buf_reserve(b, 0))
		return -ENOMEM;
	b->data[b->len] = '\0';
	*ret = b->data;
	*b = (struct vprep_buf){ 0 };
	return 0;
}

void vprep_buf_done(struct vprep_buf *b)
{
	free(b->data);
	*b = (struct vprep_buf){ 0 };
}

char *vprep_shell_word(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+=,-";
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char *word;

	if (*s && s[strspn(s, plain)] == '\0')
		return strdup(s);
	vprep_buf_add(&buf, "'");
	for (; *s; s++)
		vprep_buf_add_n(&buf, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	vprep_buf_add(&buf, "'");
	return vprep_buf_take(&buf, &word) < 0 ? NULL : word;
}

void vprep_strv_free(char **v)
{
	size_t i;

	for (i = 0; v && v[i]; i++)
		free(v[i]);
	free(v);
}

size_t vprep_strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

bool vprep_strv_has(char *const *v, const char *s)
{
	for (; v && *v; v++)
		if (streq(*v, s))
			return true;
	return false;
}

int vprep_strv_add_n(char ***v, size_t *n, const char *s)
{
	char **grown;

	/* A power of two of slots: room runs out exactly when n + 1 reaches one. */
	if (*n == 0 || ((*n + 1) & *n) == 0) {
		grown = reallocarray(*v, *n + 1, 2 * sizeof(char *));
		if (!grown)
			return -ENOMEM;
		grown[*n] = NULL;
		*v = grown;
	}
	(*v)[*n] = strdup(s);
	if (!(*v)[*n])
		return -ENOMEM;
	(*v)[++*n] = NULL;
	return 0;
}

int vprep_strv_add(char ***v, const char *s)
{
	size_t n = vprep_strv_len(*v);

	return vprep_strv_add_n(v, &n, s);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void vprep_strv_sort(char **v)
{
	size_t n = vprep_strv_len(v);

	if (n > 1)
		qsort(v, n, sizeof(char *), compare_strings);
}
