// SPDX-License-Identifier: GPL-2.0-or-later
/* Owner ids as file names: nothing of an id is ever a path. */
#include "journal/escape.h"

#include <errno.h>
#include <limits.h>

#include "common/str.h"
#include "test.h"

static void an_id_becomes_a_file_name(void **state)
{
	static const char *const pairs[][2] = {
		{ "manual", "manual.jsonl" },
		{ "web-1_A.b", "web-1_A.b.jsonl" },
		{ ".", "%2E.jsonl" },
		{ "..", "%2E..jsonl" },
		{ "../../x", "%2E.%2F..%2Fx.jsonl" },
		{ "/etc/passwd", "%2Fetc%2Fpasswd.jsonl" },
		{ ".hidden", "%2Ehidden.jsonl" },
		{ "a\nb", "a%0Ab.jsonl" },
		{ "a b", "a%20b.jsonl" },
		{ "%41", "%2541.jsonl" },
		{ "\xc3\xbc\xff", "%C3%BC%FF.jsonl" },
		{ "x.jsonl", "x.jsonl.jsonl" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(pairs); i++) {
		_cleanup_free_ char *file = NULL, *id = NULL;

		assert_int_equal(vprep_escape_file(pairs[i][0], &file), 0);
		assert_string_equal(file, pairs[i][1]);
		assert_int_equal(vprep_unescape_file(file, &id), 0);
		assert_string_equal(id, pairs[i][0]);
	}
}

/* No two ids share a file, and none leaves the folder. */
static void every_pair_of_bytes_comes_back(void **state)
{
	unsigned a, b;

	(void)state;
	for (a = 1; a < 256; a++)
		for (b = 0; b < 256; b++) {
			_cleanup_free_ char *file = NULL, *id = NULL;
			const char text[] = { (char)a, (char)b, '\0' };
			const char *p;

			assert_int_equal(vprep_escape_file(text, &file), 0);
			assert_true(file[0] != '.' && !strchr(file, '/'));
			for (p = file; *p; p++)
				assert_true(*p > ' ' && *p < 0x7f);
			assert_int_equal(vprep_unescape_file(file, &id), 0);
			assert_string_equal(id, text);
		}
}

static void an_id_has_a_length(void **state)
{
	char id[4001], *ret = (char *)1;
	size_t len, longest = 0;

	(void)state;
	assert_int_equal(vprep_escape_file("", &ret), -EINVAL);
	for (len = 1; len < sizeof(id); len++) {
		_cleanup_free_ char *file = NULL;

		memset(id, len % 2 ? 'x' : '/', len);
		id[len] = '\0';
		if (vprep_escape_file(id, &file) == 0) {
			/* with room for a temporary file's name */
			assert_true(strlen(file) + strlen(".") + strlen(".tmp") <=
				    NAME_MAX);
			longest = len;
			continue;
		}
		assert_int_equal(vprep_escape_file(id, &ret), -ENAMETOOLONG);
	}
	assert_true(longest >= 200);
	assert_ptr_equal(ret, (char *)1); /* untouched on failure */
}

static void a_name_that_we_do_not_make_is_none(void **state)
{
	static const char *const bad[] = {
		"",
		".jsonl",
		"x",
		"x.json",
		"x.jsonl~",
		"x.jsonl ",
		"%41.jsonl",
		"%2e.jsonl",
		".x.jsonl",
		"%.jsonl",
		"%2.jsonl",
		"%2G.jsonl",
		"a%00b.jsonl",
		"%00.jsonl",
		"a b.jsonl",
		"a/b.jsonl",
		"../x.jsonl",
		"a\nb.jsonl",
		"%%41.jsonl",
		"a%2Eb.jsonl",
		"%+1.jsonl",
		"% 1.jsonl",
		"\xc3\xbc.jsonl",
		"%5F.jsonl",
		"%61.jsonl",
		".manual.jsonl.tmp",
	};
	char *ret = (char *)1;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		if (vprep_unescape_file(bad[i], &ret) != -EINVAL)
			fail_msg("%s is taken for an owner's file", bad[i]);
	assert_ptr_equal(ret, (char *)1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_id_becomes_a_file_name),
		TEST(every_pair_of_bytes_comes_back),
		TEST(an_id_has_a_length),
		TEST(a_name_that_we_do_not_make_is_none),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
