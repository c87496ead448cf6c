// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of a match line. Whether a device has what they ask for is found out in
 * declared/match.c. */
#include "model/match.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/str.h"
#include "model/pci.h"

#define WORDS                                                                            \
	"words such as 'vendor=8086 device=10ca pf=0000:05:00.1': address, class, "      \
	"device, driver, group, mac, numa, path, pf, serial, slot, subsystem, vendor"

static const char *const key_names[VPREP_MATCH_KEYS] = {
	[VPREP_MATCH_ADDRESS] = "address", [VPREP_MATCH_CLASS] = "class",
	[VPREP_MATCH_DEVICE] = "device",   [VPREP_MATCH_DRIVER] = "driver",
	[VPREP_MATCH_GROUP] = "group",	   [VPREP_MATCH_MAC] = "mac",
	[VPREP_MATCH_NUMA] = "numa",	   [VPREP_MATCH_PATH] = "path",
	[VPREP_MATCH_PF] = "pf",	   [VPREP_MATCH_SERIAL] = "serial",
	[VPREP_MATCH_SLOT] = "slot",	   [VPREP_MATCH_SUBSYSTEM] = "subsystem",
	[VPREP_MATCH_VENDOR] = "vendor",
};

bool vprep_match_is_name(const char *name, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t i;

	for (i = 0; i < len; i++)
		if (!name[i] || !strchr(allowed, name[i]))
			return false;
	return len > 0 && len <= VPREP_MATCH_NAME_MAX && name[0] != '.';
}

const char *vprep_match_key_name(enum vprep_match_key key)
{
	return key_names[key];
}

/* ---- reading a line ---- */

static bool is_plain(const char *value)
{
	return *value && !strpbrk(value, VPREP_MATCH_WILDCARDS);
}

/* The digits of a hexadecimal number of at most @max of them, "0x" before it or not. */
static bool is_hex(const char *value, size_t max)
{
	size_t n = strspn(value, "0123456789abcdefABCDEF");

	return n > 0 && n <= max && value[n] == '\0';
}

/* "05:10.1" is "0000:05:10.1". */
static char *full_address(const char *value)
{
	struct vprep_pci_address address;
	_cleanup_free_ char *full = vprep_strf("0000:%s", value);

	if (full && vprep_pci_address_parse(full, &address) == 0)
		return TAKE_PTR(full);
	return full ? strdup(value) : NULL;
}

/* A class is known by its beginning: 0200 are all Ethernet controllers. */
static char *class_pattern(const char *value)
{
	return strlen(value) < 6 && is_plain(value) ? vprep_strf("%s*", value)
						    : strdup(value);
}

/* Whether a value without wildcards is one that the fact could have. */
static bool is_sound(enum vprep_match_key key, const char *value)
{
	struct vprep_pci_address address;
	uint64_t number;

	if (!is_plain(value))
		return true;
	switch ((int)key) {
	case VPREP_MATCH_VENDOR:
	case VPREP_MATCH_DEVICE:
		return is_hex(value, 4) && strlen(value) == 4;
	case VPREP_MATCH_CLASS:
		return is_hex(value, 6) && strlen(value) % 2 == 0;
	case VPREP_MATCH_ADDRESS:
		return vprep_pci_address_parse(value, &address) == 0;
	case VPREP_MATCH_PF:
		return value[0] == '@' || vprep_pci_address_parse(value, &address) == 0;
	case VPREP_MATCH_NUMA:
	case VPREP_MATCH_GROUP:
		return vprep_parse_u64(value, 10, INT32_MAX, &number) == 0;
	default:
		return true;
	}
}

static int set_pattern(char **slot, enum vprep_match_key key, const char *value)
{
	bool is_id = key == VPREP_MATCH_VENDOR || key == VPREP_MATCH_DEVICE ||
		     key == VPREP_MATCH_CLASS;
	bool is_address = key == VPREP_MATCH_ADDRESS || key == VPREP_MATCH_PF;
	_cleanup_free_ char *text = NULL;

	if (is_id && strncasecmp(value, "0x", 2) == 0)
		value += 2;
	text = is_address ? full_address(value) : strdup(value);
	if (!text)
		return -ENOMEM;
	if (!is_sound(key, text))
		return -EINVAL;
	*slot = key == VPREP_MATCH_CLASS ? class_pattern(text) : TAKE_PTR(text);
	return *slot ? 0 : -ENOMEM;
}

static int add_word(struct vprep_match *match, char *word)
{
	char *value = strchr(word, '=');
	int key;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	key = vprep_word_index(key_names, VPREP_MATCH_KEYS, word);
	if (key < 0 || match->patterns[key])
		return -EINVAL;
	return set_pattern(&match->patterns[key], (enum vprep_match_key)key, value);
}

int vprep_match_parse(const char *text, struct vprep_match *ret,
		      const char **ret_expected)
{
	_cleanup_free_ char *copy = strdup(text);
	struct vprep_match match = { { NULL } };
	char *rest = copy, *word;
	bool any = false;
	int r = copy ? 0 : -ENOMEM;

	*ret_expected = WORDS;
	while (r == 0 && (word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		r = add_word(&match, word);
		any = true;
	}
	if (r == 0 && !any)
		r = -EINVAL;
	if (r < 0) {
		vprep_match_done(&match);
		return r;
	}
	*ret = match;
	return 0;
}

void vprep_match_done(struct vprep_match *match)
{
	size_t i;

	for (i = 0; i < VPREP_MATCH_KEYS; i++)
		free(match->patterns[i]);
	*match = (struct vprep_match){ { NULL } };
}

char *vprep_match_text(const struct vprep_match *match)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	char *result = NULL;
	size_t i;

	for (i = 0; i < VPREP_MATCH_KEYS; i++)
		if (match->patterns[i])
			vprep_buf_addf(&text, "%s%s=%s", text.len > 0 ? " " : "",
				       key_names[i], match->patterns[i]);
	return vprep_buf_take(&text, &result) == 0 ? result : NULL;
}

const char *vprep_match_pf_name(const struct vprep_match *match)
{
	const char *pf = match->patterns[VPREP_MATCH_PF];

	return pf && pf[0] == '@' ? pf + 1 : NULL;
}
