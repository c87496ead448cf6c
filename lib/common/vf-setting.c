// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/vf-setting.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"

#define WORDS 3

/* Of a setting whose values are words, the word of value N; a rate has none. */
static const struct row {
	const char *name;
	const char *expected;
	const char *words[WORDS];
} rows[VPREP_VF_SETTINGS] = {
	[VPREP_VF_TRUST] = { "trust", "yes or no", { "no", "yes" } },
	[VPREP_VF_SPOOFCHK] = { "spoofchk", "yes or no", { "no", "yes" } },
	[VPREP_VF_RATE] = { "rate",
			    "MAX or MIN-MAX in Mbit/s, 0 for no limit, MIN no more than "
			    "MAX",
			    { NULL } },
	[VPREP_VF_LINK] = { "link",
			    "auto, enable or disable",
			    { "auto", "enable", "disable" } },
};

const char *vprep_vf_setting_name(enum vprep_vf_setting setting)
{
	return rows[setting].name;
}

int vprep_vf_setting_find(const char *name)
{
	int i;

	for (i = 0; i < VPREP_VF_SETTINGS; i++)
		if (streq(rows[i].name, name))
			return i;
	return -EINVAL;
}

const char *vprep_vf_setting_expected(enum vprep_vf_setting setting)
{
	return rows[setting].expected;
}

/* The kernel takes the ends as signed numbers. */
static int parse_rate(const char *text, uint64_t *ret)
{
	const char *dash = strchr(text, '-');
	uint64_t min = 0, max;

	if (dash &&
	    vprep_parse_u64_n(text, (size_t)(dash - text), 10, INT32_MAX, &min) < 0)
		return -EINVAL;
	if (vprep_parse_u64(dash ? dash + 1 : text, 10, INT32_MAX, &max) < 0 ||
	    (max > 0 && min > max))
		return -EINVAL;
	*ret = vprep_vf_rate((uint32_t)min, (uint32_t)max);
	return 0;
}

int vprep_vf_setting_parse(enum vprep_vf_setting setting, const char *text, uint64_t *ret)
{
	int word;

	if (!rows[setting].words[0])
		return parse_rate(text, ret);
	word = vprep_word_index(rows[setting].words, WORDS, text);
	if (word < 0)
		return -EINVAL;
	*ret = (uint64_t)word;
	return 0;
}

struct vprep_vf_setting_text vprep_vf_setting_text(enum vprep_vf_setting setting,
						   uint64_t value)
{
	const struct row *row = &rows[setting];
	struct vprep_vf_setting_text text;

	if (row->words[0])
		snprintf(text.s, sizeof(text.s), "%s",
			 value < WORDS && row->words[value] ? row->words[value] : "?");
	else if (vprep_vf_rate_min(value) > 0)
		snprintf(text.s, sizeof(text.s), "%u-%u", vprep_vf_rate_min(value),
			 vprep_vf_rate_max(value));
	else
		snprintf(text.s, sizeof(text.s), "%u", vprep_vf_rate_max(value));
	return text;
}
