// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/anonymize.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/pool.h"
#include "common/str.h"
#include "host/anonymize-shape.h"

#define BUCKETS 4096
#define KEY_LENGTH 4 /* of the beginning by which a secret is found */
/* A secret of this length, with so many digits that tell something, is looked for within
 * other text: another one may stand there by chance. */
#define DISTINCTIVE_LENGTH 6
#define DISTINCTIVE_DIGITS 10
#define WORD_LENGTH 5

/* In which texts a secret is found, each kind in those of the next ones, too. */
enum reach {
	IN_ITS_PLACE, /* only where vprep_anonymize_value() is asked for it */
	AS_NAMED_WORD,
	AS_ANY_WORD,
	ANYWHERE,
};

struct secret {
	const char *value;
	const char *replacement;
	size_t len;
	enum reach reach;
	size_t next; /* the next of the same bucket: its index plus 1; 0: no more */
};

struct vprep_anonymize {
	struct vprep_pool pool;
	struct secret *secrets;
	size_t n;
	size_t buckets[BUCKETS]; /* the latest secret of each: its index plus 1 */
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

static size_t bucket_of(const char *s)
{
	size_t hash = 5381, i;

	for (i = 0; i < KEY_LENGTH && s[i]; i++)
		hash = hash * 33 + (unsigned char)tolower((unsigned char)s[i]);
	return hash % BUCKETS;
}

static struct secret *find(const struct vprep_anonymize *a, const char *value)
{
	size_t i;

	for (i = a->buckets[bucket_of(value)]; i > 0; i = a->secrets[i - 1].next)
		if (strcasecmp(a->secrets[i - 1].value, value) == 0)
			return &a->secrets[i - 1];
	return NULL;
}

/* A PCI address with or without its function, which USB host controllers have for a
 * serial number. */
static bool is_pci_address(const char *value)
{
	size_t n = strspn(value, "0123456789abcdefABCDEF");

	if (n < 4 || n > 8 || value[n] != ':')
		return false;
	value += n + 1;
	return isxdigit((unsigned char)value[0]) && isxdigit((unsigned char)value[1]) &&
	       value[2] == ':' && isxdigit((unsigned char)value[3]) &&
	       isxdigit((unsigned char)value[4]) &&
	       (!value[5] ||
		(value[5] == '.' && value[6] >= '0' && value[6] <= '7' && !value[7]));
}

/* Values that identify nothing: only zeroes or only ones stand for "unknown". */
static bool is_blank(const char *value)
{
	return strspn(value, "0:-xX. ") == strlen(value) ||
	       strspn(value, "fF:-") == strlen(value) || is_pci_address(value);
}

static enum reach reach_of(const char *value)
{
	size_t len = strlen(value), zeroes = strspn(value, "0x");
	bool is_number = strspn(value, "0123456789abcdefABCDEFx") == len;

	if (is_blank(value) || len < WORD_LENGTH)
		return IN_ITS_PLACE;
	if (is_number && zeroes > 2 && len - zeroes < DISTINCTIVE_DIGITS)
		return IN_ITS_PLACE;
	if (len >= DISTINCTIVE_LENGTH && strpbrk(value, "0123456789"))
		return ANYWHERE;
	return AS_NAMED_WORD;
}

static struct secret *add(struct vprep_anonymize *a, const char *value,
			  const char *replacement)
{
	char *copy = vprep_pool_dup(&a->pool, value);
	struct secret *secret = NULL;
	size_t *bucket = &a->buckets[bucket_of(value)];

	if (copy && replacement)
		secret = vprep_array_add(a->secrets, a->n);
	if (!secret)
		return NULL;
	*secret = (struct secret){
		.value = copy,
		.replacement = replacement,
		.len = strlen(value),
		.reach = reach_of(value),
		.next = *bucket,
	};
	*bucket = a->n;
	return secret;
}

const char *vprep_anonymize_keep(struct vprep_anonymize *a, char *text)
{
	return text ? vprep_pool_take(&a->pool, text) : NULL;
}

const char *vprep_anonymize_numbered(struct vprep_anonymize *a, const char *value,
				     const char *(*make)(struct vprep_anonymize *a,
							 const char *value,
							 unsigned number))
{
	struct secret *secret = find(a, value);

	if (!secret)
		secret = add(a, value,
			     is_blank(value) ? vprep_pool_dup(&a->pool, value)
					     : make(a, value, (unsigned)a->n + 1));
	return secret ? secret->replacement : NULL;
}

/* An EUI-64 that was made of a MAC address: its middle, and the bit that is turned. */
static const char *make_eui_64(struct vprep_anonymize *a, const char *hex)
{
	char mac[13], eui[17];
	const char *other;
	unsigned bits;

	bits = (unsigned)(hex[1] <= '9' ? hex[1] - '0' : hex[1] - 'a' + 10) ^ 2u;
	snprintf(mac, sizeof(mac), "%c%x%.4s%.6s", hex[0], bits & 0xf, hex + 2, hex + 10);
	other = vprep_anonymize_hex(a, mac);
	if (!other)
		return NULL;
	bits = (unsigned)(other[1] <= '9' ? other[1] - '0' : other[1] - 'a' + 10) ^ 2u;
	snprintf(eui, sizeof(eui), "%c%x%.4sfffe%.6s", other[0], bits & 0xf, other + 2,
		 other + 6);
	return vprep_pool_dup(&a->pool, eui);
}

static const char *make_hex(struct vprep_anonymize *a, const char *hex, unsigned number)
{
	size_t len = strlen(hex);

	if (len == 12) /* locally administered */
		return vprep_pool_strf(&a->pool, "020000%06x", number & 0xffffff);
	if (len == 16 && strncmp(hex + 6, "fffe", 4) == 0)
		return make_eui_64(a, hex);
	if (len == 32) /* a UUID of version 4 */
		return vprep_pool_strf(&a->pool, "00000000000040008000%012x", number);
	/* the first digit of a WWN says how it was made */
	return vprep_pool_strf(&a->pool, "%c%0*x", *hex, (int)len - 1, number);
}

const char *vprep_anonymize_hex(struct vprep_anonymize *a, const char *hex)
{
	return vprep_anonymize_numbered(a, hex, make_hex);
}

/* As long as the value, where that leaves room for a number, and a number for a number. */
static const char *make_word(struct vprep_anonymize *a, const char *value,
			     unsigned number)
{
	size_t len = strlen(value);
	int letters = len >= 12 ? 6 : len >= 8 ? (int)len - 6 : 6;
	int digits = len >= 12 ? (int)len - 6 : 6;

	if (digits > 32)
		digits = 32;
	if (len >= 8 && len <= 32 && strspn(value, "0123456789abcdefABCDEF") == len)
		return vprep_pool_strf(&a->pool, "%0*x", (int)len, number);
	return vprep_pool_strf(&a->pool, "%.*s%0*u", letters, "SECRET", digits, number);
}

const char *vprep_anonymize_value(struct vprep_anonymize *a, const char *value)
{
	char replacement[VPREP_SHAPE_MAX];
	size_t len = strlen(value);
	int r = vprep_shape_find(a, value, value, &len, replacement);

	if (r < 0)
		return NULL;
	if (r > 0 && value[len] == '\0')
		return vprep_anonymize_keep(a, strdup(replacement));
	return vprep_anonymize_numbered(a, value, make_word);
}

int vprep_anonymize_host(struct vprep_anonymize *a, const char *name, bool is_word)
{
	struct secret *secret;

	if (strlen(name) < 2 || is_blank(name) || streq(name, "localhost"))
		return 0;
	if (!vprep_anonymize_numbered(a, name, make_word))
		return -ENOMEM;
	secret = find(a, name);
	if (secret && secret->reach < AS_ANY_WORD)
		secret->reach = is_word ? AS_NAMED_WORD : AS_ANY_WORD;
	return 0;
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_reached(const struct secret *secret, const char *start, const char *s,
		       enum vprep_anonymize_text from)
{
	if (secret->reach == ANYWHERE)
		return true;
	if (secret->reach < (from == VPREP_ANONYMIZE_WORDS ? AS_NAMED_WORD : AS_ANY_WORD))
		return false;
	return (s == start || !is_word_char(s[-1])) && !is_word_char(s[secret->len]);
}

/* The longest secret that begins at @s, or NULL. */
static const struct secret *find_secret(const struct vprep_anonymize *a,
					const char *start, const char *s,
					enum vprep_anonymize_text from)
{
	const struct secret *best = NULL;
	size_t i;

	for (i = a->buckets[bucket_of(s)]; i > 0; i = a->secrets[i - 1].next) {
		const struct secret *secret = &a->secrets[i - 1];

		if (secret->reach > IN_ITS_PLACE && (!best || secret->len > best->len) &&
		    strncasecmp(s, secret->value, secret->len) == 0 &&
		    is_reached(secret, start, s, from))
			best = secret;
	}
	return best;
}

char *vprep_anonymize_text(struct vprep_anonymize *a, const char *text,
			   enum vprep_anonymize_text from)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	const char *p = text;
	char *ret = NULL;

	while (*p) {
		char replacement[VPREP_SHAPE_MAX];
		const struct secret *secret;
		size_t len = 1;
		int r = vprep_shape_find(a, text, p, &len, replacement);

		if (r < 0)
			return NULL;
		/* not before: a new secret would have moved it */
		secret = find_secret(a, text, p, from);
		if (secret && (r == 0 || secret->len > len)) {
			vprep_buf_add(&buf, secret->replacement);
			len = secret->len;
		} else if (r > 0) {
			vprep_buf_add(&buf, replacement);
		} else {
			vprep_buf_add_n(&buf, p, 1);
		}
		p += len;
	}
	return vprep_buf_take(&buf, &ret) < 0 ? NULL : ret;
}
