// SPDX-License-Identifier: GPL-2.0-or-later
/* What a word was most likely meant to be. */
#include "suggest.h"

#include "common/str.h"
#include "test.h"

static const char *const words[] = { "attach", "detach", "list", "show",
				     "run",    "json",	 NULL };

static void a_slip_or_two_are_found(void **state)
{
	static const char *const cases[][2] = {
		{ "atach", "attach" },	 { "attahc", "attach" }, { "attache", "attach" },
		{ "dettach", "detach" }, { "atttac", "attach" }, { "lits", "list" },
		{ "lsit", "list" },	 { "shwo", "show" },	 { "jsn", "json" },
		{ "rn", "run" },	 { "list", "list" },
	};

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		const char *found = vprep_suggest(cases[i][0], words);

		if (!found || !streq(found, cases[i][1]))
			fail_msg("'%s': %s", cases[i][0], found ? found : "nothing");
	}
}

static void the_beginning_of_a_word_is_found(void **state)
{
	(void)state;
	assert_string_equal(vprep_suggest("at", words), "attach");
	assert_string_equal(vprep_suggest("detac", words), "detach");
}

static void another_word_is_not_suggested(void **state)
{
	static const char *const cases[] = {
		"",
		"a",
		"x",
		"xy",
		"nonsense",
		"lxyz",
		"rxx",
		"sxyz",
		"abc",
		"atxyzch",
		"a word that is longer than any of ours",
	};

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		const char *found = vprep_suggest(cases[i], words);

		if (found)
			fail_msg("'%s': %s", cases[i], found);
	}
}

/* Of "tattach", attach is one slip away and detach two. */
static void the_nearest_one_is_suggested(void **state)
{
	static const char *const two[] = { "detach", "attach", NULL };

	(void)state;
	assert_string_equal(vprep_suggest("tattach", two), "attach");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_slip_or_two_are_found),
		TEST(the_beginning_of_a_word_is_found),
		TEST(another_word_is_not_suggested),
		TEST(the_nearest_one_is_suggested),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
