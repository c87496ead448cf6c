// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a device has what a match line asks for. What it has is read in match-facts.c. */
#include "declared/match.h"

#include <fnmatch.h>
#include <string.h>

const enum vprep_match_key vprep_match_order[VPREP_MATCH_KEYS] = {
	VPREP_MATCH_ADDRESS, VPREP_MATCH_PATH,	    VPREP_MATCH_PF,
	VPREP_MATCH_GROUP,   VPREP_MATCH_SLOT,	    VPREP_MATCH_DRIVER,
	VPREP_MATCH_DEVICE,  VPREP_MATCH_VENDOR,    VPREP_MATCH_CLASS,
	VPREP_MATCH_NUMA,    VPREP_MATCH_SUBSYSTEM, VPREP_MATCH_SERIAL,
	VPREP_MATCH_MAC,
};

const char *vprep_match_pattern(const struct vprep_match *match, const char *pf,
				enum vprep_match_key key)
{
	return key == VPREP_MATCH_PF && vprep_match_pf_name(match) ? pf
								   : match->patterns[key];
}

/* What is beyond ASCII is left to the locale, as is what is behind a backslash to
 * fnmatch(3). */
size_t vprep_match_literal(const char *pattern)
{
	size_t n;

	for (n = 0; pattern[n] > 0 && !strchr(VPREP_MATCH_WILDCARDS "\\", pattern[n]);
	     n++)
		;
	return n;
}

static bool is_one_of(const char *pattern, char *const *values)
{
	bool is_literal = pattern[vprep_match_literal(pattern)] == '\0';

	if (!*pattern)
		return !values;
	for (; values && *values; values++)
		if (is_literal ? strcasecmp(pattern, *values) == 0
			       : fnmatch(pattern, *values, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

int vprep_match_fits(struct vprep_match_devices *devices, const struct vprep_match *match,
		     const char *pf, struct vprep_match_device *device)
{
	size_t i;
	int r = 1;

	for (i = 0; r == 1 && i < VPREP_MATCH_KEYS; i++) {
		enum vprep_match_key key = vprep_match_order[i];
		const char *pattern = vprep_match_pattern(match, pf, key);
		char *const *values;

		if (!pattern)
			continue;
		r = vprep_match_values(devices, device, key, &values);
		r = r < 0 ? r : is_one_of(pattern, values);
	}
	return r;
}
