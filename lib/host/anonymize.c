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
/* Only a secret of this length and with a digit is looked for within other text: a
 * shorter one may stand there as a word of its own. */
#define DISTINCTIVE_LENGTH 6

struct secret {
	const char *value;
	const char *replacement;
	bool is_distinctive;
	size_t next; /* the next that begins alike: its index plus 1; 0: no more */
};

struct vprep_anonymize {
	struct vprep_pool pool;
	struct secret *secrets;
	size_t n;
	/* The latest secret for each first character in lower case: its index plus 1. */
	size_t first[256];
};

struct vprep_anonymize *vprep_anonymize_new(void)
{
	return calloc(1, sizeof(struct vprep_anonymize));
}

void vprep_anonymize_free(struct vprep_anonymize *a)
{
	if (!a)
		return;
	free(a->secrets);
	vprep_pool_done(&a->pool);
	free(a);
}

/* Whether a MAC address begins at @s: pairs of digits with colons between them. */
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
 * Values that identify nothing: only zeroes or only ones, which stand for "unknown", and
 * the address of a PCI device, which USB host controllers give for a serial number.
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

static const char *make_replacement(struct vprep_anonymize *a, const char *value)
{
	size_t len = strlen(value), digits;
	unsigned long long number = a->n + 1;
	bool has_prefix = strncasecmp(value, "0x", 2) == 0;

	if (is_blank(value))
		return vprep_pool_dup(&a->pool, value);
	if (len == MAC_LENGTH && is_mac(value))
		return vprep_pool_strf(&a->pool, "02:00:00:%02llx:%02llx:%02llx",
				       number >> 16 & 0xff, number >> 8 & 0xff,
				       number & 0xff);
	if (len == UUID_LENGTH && is_uuid(value))
		return vprep_pool_strf(&a->pool, "00000000-0000-4000-8000-%012llx",
				       number);
	digits = has_prefix ? len - 2 : len;
	if (digits >= 8 &&
	    strspn(value + len - digits, "0123456789abcdefABCDEF") == digits)
		return vprep_pool_strf(&a->pool, "%s%0*llx", has_prefix ? "0x" : "",
				       (int)digits, number);
	return vprep_pool_strf(&a->pool, "SECRET%06llu", number);
}

static bool is_distinctive(const char *value)
{
	return strlen(value) >= DISTINCTIVE_LENGTH && strpbrk(value, "0123456789") &&
	       !is_blank(value);
}

static bool add(struct vprep_anonymize *a, const char *value, const char *replacement)
{
	char *copy = vprep_pool_dup(&a->pool, value);
	struct secret *secret = NULL;
	size_t *first;

	if (copy && replacement)
		secret = vprep_array_add(a->secrets, a->n);
	if (!secret)
		return false;
	first = &a->first[(unsigned char)tolower((unsigned char)*value)];
	*secret = (struct secret){
		.value = copy,
		.replacement = replacement,
		.is_distinctive = is_distinctive(value),
		.next = *first,
	};
	*first = a->n;
	return true;
}

/* The MAC address as it stands in some names, without colons: 020000000001. */
static bool add_squeezed(struct vprep_anonymize *a, const char *mac,
			 const char *replacement)
{
	char from[13] = "", to[13] = "";
	size_t i, n = 0;

	for (i = 0; i < MAC_LENGTH; i++) {
		if (mac[i] == ':')
			continue;
		from[n] = (char)tolower((unsigned char)mac[i]);
		to[n++] = replacement[i];
	}
	return add(a, from, vprep_pool_dup(&a->pool, to));
}

const char *vprep_anonymize_value(struct vprep_anonymize *a, const char *value)
{
	const char *replacement;
	size_t i;

	for (i = a->first[(unsigned char)tolower((unsigned char)*value)]; i > 0;
	     i = a->secrets[i - 1].next)
		if (strcasecmp(a->secrets[i - 1].value, value) == 0)
			return a->secrets[i - 1].replacement;
	replacement = make_replacement(a, value);
	if (!replacement || !add(a, value, replacement))
		return NULL;
	if (strlen(value) == MAC_LENGTH && is_mac(value) &&
	    !add_squeezed(a, value, replacement))
		return NULL;
	return replacement;
}

/* The length of the longest secret that begins at @s, or 0. */
static size_t find_secret(const struct vprep_anonymize *a, const char *s,
			  const char **replacement)
{
	size_t i, best = 0;

	for (i = a->first[(unsigned char)tolower((unsigned char)*s)]; i > 0;
	     i = a->secrets[i - 1].next) {
		const struct secret *secret = &a->secrets[i - 1];
		size_t len = secret->is_distinctive ? strlen(secret->value) : 0;

		if (len > best && strncasecmp(s, secret->value, len) == 0) {
			best = len;
			*replacement = secret->replacement;
		}
	}
	return best;
}

/* The length of the MAC address or UUID at @s that is no part of something longer, or 0. */
static size_t find_pattern(struct vprep_anonymize *a, const char *start, const char *s,
			   const char **replacement)
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
	*replacement = vprep_anonymize_value(a, value);
	return len;
}

char *vprep_anonymize_text(struct vprep_anonymize *a, const char *text)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	const char *p = text;
	char *ret = NULL;

	while (*p) {
		const char *replacement = NULL;
		size_t len = isxdigit((unsigned char)*p)
				     ? find_pattern(a, text, p, &replacement)
				     : 0;

		if (len == 0)
			len = find_secret(a, p, &replacement);
		if (len == 0) {
			vprep_buf_add_n(&buf, p++, 1);
			continue;
		}
		if (!replacement)
			return NULL;
		vprep_buf_add(&buf, replacement);
		p += len;
	}
	return vprep_buf_take(&buf, &ret) < 0 ? NULL : ret;
}
