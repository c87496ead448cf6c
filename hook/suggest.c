// SPDX-License-Identifier: GPL-2.0-or-later
#include "suggest.h"

#include <stddef.h>
#include <string.h>

/* No word of ours is so long, even with two more letters by mistake. */
#define LONGEST 24
#define SLIPS 2

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters to insert, remove, replace or swap with a neighbour to get from @a to @b. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned d[LONGEST + 1][LONGEST + 1];

	for (unsigned i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_len; i++)
		for (size_t j = 1; j <= b_len; j++) {
			unsigned same = a[i - 1] == b[j - 1] ? 0 : 1;

			d[i][j] = least(d[i - 1][j - 1] + same,
					least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[a_len][b_len];
}

const char *vprep_suggest(const char *word, const char *const *words)
{
	size_t len = strnlen(word, LONGEST + 1);
	const char *best = NULL;
	unsigned best_slips = SLIPS + 1;

	if (len < 2 || len > LONGEST)
		return NULL;
	for (; *words; words++) {
		size_t other = strlen(*words);
		unsigned slips;

		if (other > LONGEST)
			continue;
		/* Somebody who has typed the beginning of a word means that word. */
		if (strncmp(word, *words, len) == 0)
			slips = 1;
		else
			slips = distance(word, len, *words, other);
		/* With two slips in three letters it is another word. */
		if (slips < best_slips && 2 * slips <= len) {
			best = *words;
			best_slips = slips;
		}
	}
	return best;
}
