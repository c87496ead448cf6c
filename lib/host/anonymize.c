// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/anonymize.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "common/pool.h"
#include "common/str.h"

#define MAC_LENGTH 17
#define UUID_LENGTH 36
/* A shorter secret, or one without a digit, may be a word of its own somewhere else. */
#define TELLING_LENGTH 6

struct secret {
	const char *value;
	const char *with;
	bool is_telling;
	size_t next; /* of those that begin alike, plus 1; 0: no more */
};

struct vprep_anonymize {
	struct vprep_pool pool;
	struct secret *secrets;
	size_t n;
	size_t first[256]; /* by the first character, in lower case, plus 1 */
};

struct vprep_anonymize *vprep_anonymize_new(void)
{
	return calloc(1, sizeof(struct vprep_anonymize));
}

void vprep_anonymize_free(struct vprep_anonymize *c)
{
	if (!c)
		return;
	free(c->secrets);
	vprep_pool_done(&c->pool);
	free(c);
}

static bool is_hex(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* Pairs of digits with @separator between them; the last separator needs none. */
static bool is_mac(const char *s)
{
	size_t i;

	for (i = 0; i < MAC_LENGTH; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

static bool is_uuid(const char *s)
{
	size_t i;

	for (i = 0; i < UUID_LENGTH; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			    ? s[i] != '-'
			    : !isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/*
 * Only zeroes, or only ones: that nothing is known says nothing. Nor does the address of
 * a PCI device, which is what USB host controllers give for a serial number.
 */
static bool is_blank(const char *value)
{
	size_t len = strlen(value);

	if (len >= sizeof("0000:06:00.0") - 1 && value[len - 2] == '.' &&
	    strspn(value, "0123456789abcdef:.") == len && strchr(value, ':'))
		return true;
	return strspn(value, "0:-xX") == strlen(value) ||
	       strspn(value, "fF:-") == strlen(value);
}

static const char *make_replacement(struct vprep_anonymize *c, const char *value)
{
	size_t len = strlen(value), digits;
	unsigned long long number = c->n + 1;
	bool has_prefix = strncasecmp(value, "0x", 2) == 0;

	if (is_blank(value))
		return vprep_pool_dup(&c->pool, value);
	if (len == MAC_LENGTH && is_mac(value))
		return vprep_pool_strf(&c->pool, "02:00:00:%02llx:%02llx:%02llx",
				       number >> 16 & 0xff, number >> 8 & 0xff,
				       number & 0xff);
	if (len == UUID_LENGTH && is_uuid(value))
		return vprep_pool_strf(&c->pool, "00000000-0000-4000-8000-%012llx",
				       number);
	digits = has_prefix ? len - 2 : len;
	if (digits >= 8 && is_hex(value + len - digits, digits))
		return vprep_pool_strf(&c->pool, "%s%0*llx", has_prefix ? "0x" : "",
				       (int)digits, number);
	return vprep_pool_strf(&c->pool, "SECRET%06llu", number);
}

static bool is_telling(const char *value)
{
	return strlen(value) >= TELLING_LENGTH && strpbrk(value, "0123456789") &&
	       !is_blank(value);
}

static bool add(struct vprep_anonymize *c, const char *value, const char *with)
{
	char *copy = vprep_pool_dup(&c->pool, value);
	struct secret *secret = NULL;
	size_t *first;

	if (copy && with)
		secret = vprep_array_add(c->secrets, c->n);
	if (!secret)
		return false;
	first = &c->first[(unsigned char)tolower((unsigned char)*value)];
	*secret = (struct secret){
		.value = copy,
		.with = with,
		.is_telling = is_telling(value),
		.next = *first,
	};
	*first = c->n;
	return true;
}

/* A MAC address as some names have it: 020000000001. */
static bool add_squeezed(struct vprep_anonymize *c, const char *mac, const char *with)
{
	char from[13] = "", to[13] = "";
	size_t i, n = 0;

	for (i = 0; i < MAC_LENGTH; i++) {
		if (mac[i] == ':')
			continue;
		from[n] = (char)tolower((unsigned char)mac[i]);
		to[n++] = with[i];
	}
	return add(c, from, vprep_pool_dup(&c->pool, to));
}

const char *vprep_anonymize_value(struct vprep_anonymize *c, const char *value)
{
	const char *with;
	size_t i;

	for (i = c->first[(unsigned char)tolower((unsigned char)*value)]; i > 0;
	     i = c->secrets[i - 1].next)
		if (strcasecmp(c->secrets[i - 1].value, value) == 0)
			return c->secrets[i - 1].with;
	with = make_replacement(c, value);
	if (!with || !add(c, value, with))
		return NULL;
	if (strlen(value) == MAC_LENGTH && is_mac(value) && !add_squeezed(c, value, with))
		return NULL;
	return with;
}

/* The longest secret that stands there; its length, or 0. */
static size_t find_secret(const struct vprep_anonymize *c, const char *s,
			  const char **with)
{
	size_t i, best = 0;

	for (i = c->first[(unsigned char)tolower((unsigned char)*s)]; i > 0;
	     i = c->secrets[i - 1].next) {
		const struct secret *secret = &c->secrets[i - 1];
		size_t len = secret->is_telling ? strlen(secret->value) : 0;

		if (len > best && strncasecmp(s, secret->value, len) == 0) {
			best = len;
			*with = secret->with;
		}
	}
	return best;
}

/* A pattern that is not a part of something longer; its length, or 0. */
static size_t find_pattern(struct vprep_anonymize *c, const char *start, const char *s,
			   const char **with)
{
	size_t left = strnlen(s, UUID_LENGTH), len = 0;
	char value[UUID_LENGTH + 1] = "";

	if (s > start && (isxdigit((unsigned char)s[-1]) || s[-1] == ':'))
		return 0;
	if (left >= UUID_LENGTH && is_uuid(s))
		len = UUID_LENGTH;
	else if (left >= MAC_LENGTH && is_mac(s))
		len = MAC_LENGTH;
	if (len == 0 || isxdigit((unsigned char)s[len]) || s[len] == ':')
		return 0;
	memcpy(value, s, len);
	*with = vprep_anonymize_value(c, value);
	return len;
}

char *vprep_anonymize_text(struct vprep_anonymize *c, const char *text)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	const char *p = text;
	char *ret = NULL;

	while (*p) {
		const char *with = NULL;
		size_t len =
			isxdigit((unsigned char)*p) ? find_pattern(c, text, p, &with) : 0;

		if (len == 0)
			len = find_secret(c, p, &with);
		if (len == 0) {
			vprep_buf_add_n(&buf, p++, 1);
			continue;
		}
		if (!with)
			return NULL;
		vprep_buf_add(&buf, with);
		p += len;
	}
	return vprep_buf_take(&buf, &ret) < 0 ? NULL : ret;
}
