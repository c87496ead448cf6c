// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which devices fit a match, without a look at each of them: those whose values begin as
 * the pattern does are beside each other in the index of that fact.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "declared/match.h"

/* A device that has no value of the fact is there under "", which no value is. */
struct vprep_match_entry {
	const char *value;
	size_t device;
};

static int compare_entries(const void *a, const void *b)
{
	const struct vprep_match_entry *x = a, *y = b;
	int r = strcasecmp(x->value, y->value);

	return r ? r : (x->device > y->device) - (x->device < y->device);
}

/* ---- making an index ---- */

/* Reads the fact of all devices, and counts the entries. */
static int read_all(struct vprep_match_devices *devices, enum vprep_match_key key,
		    size_t *ret_n)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; r == 0 && i < devices->n; i++) {
		char *const *values = NULL;

		r = vprep_match_values(devices, &devices->items[i], key, &values);
		n += values ? vprep_strv_len(values) : 1;
	}
	*ret_n = n;
	return r;
}

static int make_index(struct vprep_match_devices *devices, enum vprep_match_key key)
{
	struct vprep_match_index *index = &devices->indexes[key];
	struct vprep_match_entry *entries;
	size_t i, n, at = 0;
	int r = read_all(devices, key, &n);

	if (r < 0)
		return r;
	entries = calloc(n + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (i = 0; i < devices->n; i++) {
		char *const *values = devices->items[i].values[key];

		if (!values)
			entries[at++] = (struct vprep_match_entry){ "", i };
		for (; values && *values; values++)
			entries[at++] = (struct vprep_match_entry){ *values, i };
	}
	qsort(entries, at, sizeof(*entries), compare_entries);
	index->entries = entries;
	index->n = at;
	return 0;
}

void vprep_match_indexes_done(struct vprep_match_devices *devices)
{
	size_t key;

	for (key = 0; key < VPREP_MATCH_KEYS; key++)
		free(devices->indexes[key].entries);
}

/* ---- looking ---- */

/* Where something is looked for: devices are in the order of their addresses anyhow. */
struct sorted {
	const struct vprep_match_devices *devices;
	const struct vprep_match_index *index; /* NULL: by address */
	size_t n;
};

static const char *value_of(const struct sorted *s, size_t i)
{
	return s->index ? s->index->entries[i].value : s->devices->items[i].text.s;
}

/* The first place whose value does not come before the first @len bytes of @pattern; with
 * @after, the first one that comes after all that begin so. */
static size_t find_place(const struct sorted *s, const char *pattern, size_t len,
			 bool after)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = strncasecmp(value_of(s, middle), pattern, len);

		if (r < 0 || (after && r == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The places that may fit: for a pattern that is no value, those without one. */
static void find_range(const struct sorted *s, const char *pattern, size_t *ret_from,
		       size_t *ret_to)
{
	size_t len = vprep_match_literal(pattern);

	*ret_from = *pattern ? find_place(s, pattern, len, false) : 0;
	*ret_to = *pattern ? find_place(s, pattern, len, true)
			   : find_place(s, "\1", 1, false);
}

/* The first key of the order by which not all devices may fit. -1: there is none. */
static int choose_key(const struct vprep_match *match, const char *pf)
{
	size_t i;

	for (i = 0; i < VPREP_MATCH_KEYS; i++) {
		const char *pattern =
			vprep_match_pattern(match, pf, vprep_match_order[i]);

		if (pattern && (!*pattern || vprep_match_literal(pattern) > 0))
			return (int)vprep_match_order[i];
	}
	return -1;
}

static int compare_numbers(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

void vprep_match_sort(size_t *numbers, size_t n)
{
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
}

/* A device may be there under several values. */
static size_t remove_doubles(size_t *numbers, size_t n)
{
	size_t i, kept = 0;

	vprep_match_sort(numbers, n);
	for (i = 0; i < n; i++)
		if (kept == 0 || numbers[kept - 1] != numbers[i])
			numbers[kept++] = numbers[i];
	return kept;
}

/* All devices, or those that one of the patterns leaves. */
static int find_candidates(struct vprep_match_devices *devices,
			   const struct vprep_match *match, const char *pf, size_t **ret,
			   size_t *ret_n)
{
	int key = choose_key(match, pf), r = 0;
	struct sorted s = { .devices = devices, .n = devices->n };
	size_t from = 0, to = devices->n, i, n = 0;
	size_t *numbers;

	if (key >= 0 && key != VPREP_MATCH_ADDRESS) {
		s.index = &devices->indexes[key];
		r = s.index->entries ? 0 : make_index(devices, (enum vprep_match_key)key);
		s.n = s.index->n;
	}
	if (r < 0)
		return r;
	if (key >= 0)
		find_range(&s, vprep_match_pattern(match, pf, (enum vprep_match_key)key),
			   &from, &to);
	numbers = calloc(to - from + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (i = from; i < to; i++)
		numbers[n++] = s.index ? s.index->entries[i].device : i;
	*ret = numbers;
	*ret_n = s.index ? remove_doubles(numbers, n) : n;
	return 0;
}

int vprep_match_find(struct vprep_match_devices *devices, const struct vprep_match *match,
		     const char *pf, size_t **ret, size_t *ret_n)
{
	_cleanup_free_ size_t *numbers = NULL;
	size_t i, n = 0, kept = 0;
	int r = find_candidates(devices, match, pf, &numbers, &n);

	for (i = 0; r >= 0 && i < n; i++) {
		r = vprep_match_fits(devices, match, pf, &devices->items[numbers[i]]);
		if (r == 1)
			numbers[kept++] = numbers[i];
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(numbers);
	*ret_n = kept;
	return 0;
}
