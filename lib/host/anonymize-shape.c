// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/anonymize-shape.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/str.h"

#define HEX "0123456789abcdefABCDEF"
#define DIGITS_MAX 40

/* A '#' stands for a hexadecimal digit. The digits alone are the secret, so that all its
 * notations have the same replacement. */
static const char *const patterns[] = {
	/* MAC addresses, EUI-64, the addresses of InfiniBand */
	"##:##:##:##:##:##",
	"##-##-##-##-##-##",
	"####.####.####",
	"enx############",
	"##:##:##:##:##:##:##:##",
	"##-##-##-##-##-##-##-##",
	"####:####:####:####",
	"##:##:##:##:##:##:##:##:##:##:##:##:##:##:##:##:##:##:##:##",
	/* UUIDs, those of RAID arrays too */
	"########-####-####-####-############",
	"########_####_####_####_############",
	"########:########:########:########",
	"################################",
	/* world wide names, in SCSI's identifiers too, where a digit says of what kind */
	"################",
	"eui.################",
	"2################",
	"3################",
	"2################################",
	"3################################",
};

static bool is_hex(char c)
{
	return isxdigit((unsigned char)c);
}

static bool is_alnum(char c)
{
	return isalnum((unsigned char)c);
}

static size_t run_length(const char *s)
{
	size_t n = 0;

	while (is_alnum(s[n]))
		n++;
	return n;
}

/* At the beginning of a word, or behind the "0x" of a number. */
static bool is_begin(const char *start, const char *s)
{
	if (s == start || !is_alnum(s[-1]))
		return true;
	return s - start >= 2 && s[-1] == 'x' && s[-2] == '0' &&
	       (s - start == 2 || !is_alnum(s[-3]));
}

/* Whether groups of digits like those of the pattern stand before or behind it, of which
 * it would be a part only. */
static bool is_part(const char *start, const char *s, const char *pattern, size_t len)
{
	size_t group = strspn(pattern, "#"), behind, before = 0;
	char separator = pattern[group];

	if (!separator || isalnum((unsigned char)separator))
		return false;
	if (s[len] == separator) {
		behind = run_length(s + len + 1);
		if (behind == strlen(strrchr(pattern, separator) + 1) &&
		    strspn(s + len + 1, HEX) >= behind)
			return true;
	}
	if (s == start || s[-1] != separator)
		return false;
	while (s - start > (ptrdiff_t)before + 1 && is_hex(s[-2 - (ptrdiff_t)before]))
		before++;
	return before == group && (s - start == (ptrdiff_t)before + 1 ||
				   !is_alnum(s[-2 - (ptrdiff_t)before]));
}

static bool matches(const char *s, const char *pattern,
		    char digits[static DIGITS_MAX + 1])
{
	size_t i, n = 0;

	for (i = 0; pattern[i]; i++) {
		if (pattern[i] == '#' ? !is_hex(s[i]) : s[i] != pattern[i])
			return false;
		if (pattern[i] == '#')
			digits[n++] = (char)tolower((unsigned char)s[i]);
	}
	digits[n] = '\0';
	return true;
}

/*
 * A number of 64 bits that begins with zeroes is an address or a set of flags of the
 * kernel's more often than a name. A decimal one with a colon beside it is a LUN's.
 */
static bool is_number(const char *start, const char *s, const char *pattern, size_t len)
{
	const char *first = strchr(pattern, '#');

	if (strspn(first, "#") != 16 || pattern[0] == 'e')
		return false;
	if (pattern[0] == '#' && *s == '0')
		return true;
	return strspn(s, "0123456789") >= len &&
	       (s[len] == ':' || (s > start && s[-1] == ':'));
}

static int replace_digits(struct vprep_anonymize *a, const char *pattern,
			  const char *digits, char *replacement)
{
	const char *other = vprep_anonymize_hex(a, digits);
	size_t i;

	if (!other)
		return -ENOMEM;
	for (i = 0; pattern[i]; i++)
		replacement[i] = pattern[i] == '#' ? *other++ : pattern[i];
	replacement[i] = '\0';
	return 1;
}

static int find_pattern(struct vprep_anonymize *a, const char *start, const char *s,
			size_t *ret_len, char *replacement)
{
	char digits[DIGITS_MAX + 1];
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(patterns); i++) {
		const char *pattern = patterns[i];
		size_t len = strlen(pattern);

		if (!matches(s, pattern, digits) || is_alnum(s[len]) ||
		    is_part(start, s, pattern, len) || is_number(start, s, pattern, len))
			continue;
		*ret_len = len;
		return replace_digits(a, pattern, digits, replacement);
	}
	return 0;
}

/* --- IP --- */

static const char *make_ipv4(struct vprep_anonymize *a, const char *value,
			     unsigned number)
{
	(void)value;
	/* RFC 2544: for benchmarks, and so nobody's */
	return vprep_anonymize_keep(a, vprep_strf("198.%u.%u.%u", 18 + (number >> 16 & 1),
						  number >> 8 & 0xff, number & 0xff));
}

static bool is_special_ipv4(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strncmp(address, "255.", 4) == 0 ||
	       strncmp(address, "0.", 2) == 0;
}

const char *vprep_shape_ipv4(struct vprep_anonymize *a, const char *address)
{
	return is_special_ipv4(address) ? address
					: vprep_anonymize_numbered(a, address, make_ipv4);
}

static int find_ipv4(struct vprep_anonymize *a, const char *start, const char *s,
		     size_t *ret_len, char *replacement)
{
	size_t len = strspn(s, "0123456789.");
	char address[INET_ADDRSTRLEN] = "";
	struct in_addr parsed;
	const char *other;

	if (len > 0 && s[len - 1] == '.') /* the end of a sentence */
		len--;
	if (len >= sizeof(address) || is_alnum(s[len]) ||
	    (s > start && (s[-1] == '.' || s[-1] == 'x')))
		return 0;
	memcpy(address, s, len);
	if (inet_pton(AF_INET, address, &parsed) != 1)
		return 0;
	other = vprep_shape_ipv4(a, address);
	if (!other)
		return -ENOMEM;
	snprintf(replacement, VPREP_SHAPE_MAX, "%s", other);
	*ret_len = len;
	return 1;
}

/* Networks and hosts are replaced by themselves, so that one sees who is in one network. */
int vprep_shape_ipv6(struct vprep_anonymize *a, char digits[static 33])
{
	char half[17] = "";
	const char *other;
	size_t i;

	if (strncmp(digits, "ff", 2) == 0 || /* groups, and ::1 */
	    strcmp(digits, "00000000000000000000000000000001") == 0)
		return 0;
	for (i = 0; i < 32; i += 16) {
		memcpy(half, digits + i, 16);
		if (i == 0 && strncmp(half, "fe", 2) == 0 && strchr("89ab", half[2]))
			continue; /* fe80::/10, of one link */
		other = vprep_anonymize_hex(a, half);
		if (!other)
			return -ENOMEM;
		memcpy(digits + i, other, 16);
	}
	return 0;
}

static int find_ipv6(struct vprep_anonymize *a, const char *start, const char *s,
		     size_t *ret_len, char *replacement)
{
	size_t len = strspn(s, HEX ":"), i;
	char text[INET6_ADDRSTRLEN] = "", digits[33];
	struct in6_addr address;

	if (len > 2 && s[len - 1] == ':' && s[len - 2] != ':')
		len--;
	if (len < 4 || len >= sizeof(text) || is_alnum(s[len]) ||
	    (s > start && (s[-1] == ':' || s[-1] == 'x')))
		return 0;
	memcpy(text, s, len);
	if (inet_pton(AF_INET6, text, &address) != 1)
		return 0;
	for (i = 0; i < 16; i++)
		snprintf(digits + 2 * i, 3, "%02x", address.s6_addr[i]);
	if (vprep_shape_ipv6(a, digits) < 0)
		return -ENOMEM;
	for (i = 0; i < 16; i++) {
		uint64_t byte = 0;

		vprep_parse_u64_n(digits + 2 * i, 2, 16, UINT8_MAX, &byte);
		address.s6_addr[i] = (uint8_t)byte;
	}
	if (!inet_ntop(AF_INET6, &address, replacement, VPREP_SHAPE_MAX))
		return 0;
	*ret_len = len;
	return 1;
}

/* --- names --- */

static const char *make_name(struct vprep_anonymize *a, const char *value,
			     unsigned number)
{
	return vprep_anonymize_keep(a,
				    vprep_strf("%.3s.2000-01.invalid:%u", value, number));
}

/* "iqn.2004-10.com.example:host", up to the "-lun-0" that udev's names have behind it. */
static int find_name(struct vprep_anonymize *a, const char *s, size_t *ret_len,
		     char *replacement)
{
	_cleanup_free_ char *name = NULL;
	const char *other, *lun;
	size_t len;

	if ((strncasecmp(s, "iqn.", 4) != 0 && strncasecmp(s, "nqn.", 4) != 0) ||
	    !isdigit((unsigned char)s[4]))
		return 0;
	for (len = 4; is_alnum(s[len]) || (s[len] && strchr(".:-_", s[len])); len++)
		;
	name = strndup(s, len);
	if (!name)
		return -ENOMEM;
	lun = strstr(name, "-lun-");
	if (lun)
		name[lun - name] = '\0';
	*ret_len = strlen(name);
	other = vprep_anonymize_numbered(a, name, make_name);
	if (!other)
		return -ENOMEM;
	snprintf(replacement, VPREP_SHAPE_MAX, "%s", other);
	return 1;
}

int vprep_shape_find(struct vprep_anonymize *a, const char *start, const char *s,
		     size_t *ret_len, char replacement[static VPREP_SHAPE_MAX])
{
	int r;

	if (!is_alnum(*s) || !is_begin(start, s))
		return 0;
	r = find_pattern(a, start, s, ret_len, replacement);
	if (r == 0)
		r = find_ipv6(a, start, s, ret_len, replacement);
	if (r == 0)
		r = find_ipv4(a, start, s, ret_len, replacement);
	return r == 0 ? find_name(a, s, ret_len, replacement) : r;
}
