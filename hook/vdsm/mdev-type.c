// SPDX-License-Identifier: GPL-2.0-or-later
#include "mdev-type.h"

#include <string.h>

#include "common/cleanup.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char *const placements[] = { "compact", "separate" };

static bool is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

static const char *parse_placement(const char *text, size_t len, const char **ret)
{
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(placements); i++)
		if (is(text, len, placements[i])) {
			*ret = placements[i];
			return NULL;
		}
	return "behind '|' stands compact or separate";
}

/* One type, such as "nvidia-11" or "i915-GVTg_V5_4", and its placement if it has one. */
static const char *parse_one(const char *text, size_t len, struct vprep_vdsm_mdev *mdev)
{
	const char *bar = memchr(text, '|', len);
	size_t n = bar ? (size_t)(bar - text) : len;

	*mdev = (struct vprep_vdsm_mdev){ .placement = NULL };
	if (n == 0)
		return "a type is empty";
	if (n > VPREP_VDSM_TYPE_MAX)
		return "a type is longer than 64 characters";
	memcpy(mdev->type, text, n);
	if (strspn(mdev->type, LETTERS "-_.+:") != n || strspn(mdev->type, LETTERS) == 0)
		return "a type is made of letters, digits and -_.+: and begins with one of "
		       "the former";
	return bar ? parse_placement(bar + 1, len - n - 1, &mdev->placement) : NULL;
}

/* Moves @text behind leading blanks. Returns the length without those at the end. */
static size_t trim(const char **text, size_t len)
{
	while (len > 0 && **text == ' ')
		++*text, --len;
	while (len > 0 && (*text)[len - 1] == ' ')
		len--;
	return len;
}

const char *vprep_vdsm_mdevs_parse(const char *text, struct vprep_vdsm_mdevs *ret)
{
	const char *why = NULL;

	*ret = (struct vprep_vdsm_mdevs){ .n = 0 };
	for (bool first = true; !why; first = false) {
		size_t whole = strcspn(text, ",");
		const char *word = text;
		size_t len = trim(&word, whole);

		if (first && is(word, len, "nodisplay"))
			ret->nodisplay = true;
		else if (ret->n == VPREP_VDSM_MDEVS_MAX)
			why = "more than 16 types";
		else
			why = parse_one(word, len, &ret->items[ret->n++]);
		if (text[whole] == '\0')
			break;
		text += whole + 1;
	}
	if (!why && ret->n == 0)
		why = "it names no type";
	return why;
}
