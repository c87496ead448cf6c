// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/str.h"

#include <errno.h>

#include "test.h"

/* In memory of just its size, so that a read past the end shows. */
static void check_printable(const char *in, const char *want)
{
	char *s = strdup(in);

	vprep_str_make_printable(s);
	assert_string_equal(s, want);
	free(s);
}

static void printable_text_stays(void **state)
{
	(void)state;
	check_printable("", "");
	check_printable("plain ~ text", "plain ~ text");
	check_printable("é € 😀 \u00a0", "é € 😀 \u00a0");
	check_printable("\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf",
			"\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf");
}

static void control_bytes_become_question_marks(void **state)
{
	(void)state;
	check_printable("a\x1b[31m\tb\r\n\x7f", "a?[31m?b???");
	check_printable("c1 \xc2\x85\xc2\x9f", "c1 ????"); /* U+0085, U+009F */
}

static void marks_that_turn_a_line_around_become_question_marks(void **state)
{
	char text[] = "a\xe2\x80\xae"
		      "b\xe2\x81\xa9"
		      "c\xe2\x80\xa8"
		      "d\xe2\x80\x8f"
		      "e\xd8\x9c";
	char kept[] = "\xe2\x80\x93 \xe2\x82\xac \xe2\x80\xa7 \xd8\x9b";

	(void)state;
	vprep_str_make_printable(text);
	assert_string_equal(text, "a???b???c???d???e??");
	vprep_str_make_printable(kept);
	assert_string_equal(kept, "\xe2\x80\x93 \xe2\x82\xac \xe2\x80\xa7 \xd8\x9b");
}

static void invalid_utf8_becomes_question_marks(void **state)
{
	(void)state;
	check_printable("\x80 \xbf \xff \xfe", "? ? ? ?");
	check_printable("\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf",
			"?? ??? ????"); /* overlong */
	check_printable("\xed\xa0\x80 \xf4\x90\x80\x80 \xf5\x80\x80\x80",
			"??? ???? ????");
	check_printable("\xe2\x82é", "??é");
}

static void truncated_sequence_ends_with_the_string(void **state)
{
	(void)state;
	check_printable("a\xc3", "a?");
	check_printable("a\xe2\x82", "a??");
	check_printable("a\xf0\x9f\x98", "a???");
}

static void check_number(const char *s, unsigned base, uint64_t max, int r, uint64_t want)
{
	uint64_t n = 77;

	assert_int_equal(vprep_parse_u64(s, base, max, &n), r);
	assert_true(n == (r ? 77 : want)); /* untouched on failure */
}

static void numbers_parse_up_to_their_limit(void **state)
{
	(void)state;
	check_number("0", 10, UINT64_MAX, 0, 0);
	check_number("18446744073709551615", 10, UINT64_MAX, 0, UINT64_MAX);
	check_number("ffffffffffffffff", 16, UINT64_MAX, 0, UINT64_MAX);
	check_number("DEADbeef", 16, UINT64_MAX, 0, 0xdeadbeef);
	check_number("255", 10, 255, 0, 255);
	check_number("0000010", 10, 255, 0, 10); /* never octal */
	check_number("0000000000000000000000000000000000007", 10, 7, 0, 7);
}

static void numbers_above_their_limit_are_out_of_range(void **state)
{
	char digits[4001];

	(void)state;
	memset(digits, '9', sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	check_number("18446744073709551616", 10, UINT64_MAX, -ERANGE, 0);
	check_number("10000000000000000", 16, UINT64_MAX, -ERANGE, 0);
	check_number("256", 10, 255, -ERANGE, 0);
	check_number("1", 10, 0, -ERANGE, 0);
	check_number(digits, 10, UINT64_MAX, -ERANGE, 0);
}

static void what_is_no_number_is_invalid(void **state)
{
	static const char *const bad[] = { "",	  " 1",	 "1 ",	"+1", "-1", "1\n",
					   "0x1", "1.0", "1e3", "g",  "١",  "-" };
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		check_number(bad[i], 10, UINT64_MAX, -EINVAL, 0);
		check_number(bad[i], 16, UINT64_MAX, strcmp(bad[i], "1e3") ? -EINVAL : 0,
			     0x1e3);
	}
	check_number("a", 10, UINT64_MAX, -EINVAL, 0);
}

static void a_part_of_a_string_parses(void **state)
{
	uint64_t n = 0;

	(void)state;
	assert_int_equal(vprep_parse_u64_n("0510", 2, 16, 0xff, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(vprep_parse_u64_n("12", 0, 10, 0xff, &n), -EINVAL);
	assert_int_equal(vprep_parse_u64_n("1\0002", 3, 10, 0xff, &n), -EINVAL);
}

static void buffers_grow(void **state)
{
	_cleanup_buf_ struct vprep_buf b = { 0 };
	_cleanup_free_ char *text = NULL;
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		vprep_buf_addf(&b, "%03u", i);
		vprep_buf_add(&b, ",");
		vprep_buf_add_n(&b, "xyz", 1);
	}
	assert_int_equal(vprep_buf_take(&b, &text), 0);
	assert_int_equal(strlen(text), 5000);
	assert_memory_equal(text + 4995, "999,x", 6);
	assert_null(b.data);
}

static void an_empty_buffer_is_an_empty_string(void **state)
{
	_cleanup_buf_ struct vprep_buf b = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(vprep_buf_take(&b, &text), 0);
	assert_string_equal(text, "");
}

static void a_failed_buffer_stays_failed(void **state)
{
	_cleanup_buf_ struct vprep_buf b = { .failed = true };
	char *text = NULL;

	(void)state;
	vprep_buf_add(&b, "a");
	vprep_buf_addf(&b, "%d", 1);
	assert_int_equal(vprep_buf_take(&b, &text), -ENOMEM);
	assert_null(text);
}

static void lists_grow_and_sort(void **state)
{
	_cleanup_strv_ char **v = NULL;
	char name[16];
	unsigned i;

	(void)state;
	assert_int_equal(vprep_strv_len(NULL), 0);
	assert_false(vprep_strv_has(NULL, "a"));
	vprep_strv_sort(NULL);
	vprep_strv_free(NULL);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%02u", 99 - i);
		assert_int_equal(vprep_strv_add(&v, name), 0);
		assert_int_equal(vprep_strv_len(v), i + 1);
	}
	vprep_strv_sort(v);
	assert_string_equal(v[0], "00");
	assert_string_equal(v[99], "99");
	assert_true(vprep_strv_has(v, "42"));
	assert_false(vprep_strv_has(v, "4"));
}

static void absent_strings_are_the_same(void **state)
{
	char *slot = NULL;

	(void)state;
	assert_true(vprep_str_same(NULL, NULL));
	assert_false(vprep_str_same(NULL, ""));
	assert_false(vprep_str_same("a", NULL));
	assert_true(vprep_str_same("a", "a"));
	assert_int_equal(vprep_str_replace(&slot, "a"), 0);
	assert_string_equal(slot, "a");
	assert_int_equal(vprep_str_replace(&slot, slot), 0);
	assert_string_equal(slot, "a");
	assert_int_equal(vprep_str_replace(&slot, NULL), 0);
	assert_null(slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(printable_text_stays),
		TEST(control_bytes_become_question_marks),
		TEST(marks_that_turn_a_line_around_become_question_marks),
		TEST(invalid_utf8_becomes_question_marks),
		TEST(truncated_sequence_ends_with_the_string),
		TEST(numbers_parse_up_to_their_limit),
		TEST(numbers_above_their_limit_are_out_of_range),
		TEST(what_is_no_number_is_invalid),
		TEST(a_part_of_a_string_parses),
		TEST(buffers_grow),
		TEST(an_empty_buffer_is_an_empty_string),
		TEST(a_failed_buffer_stays_failed),
		TEST(lists_grow_and_sort),
		TEST(absent_strings_are_the_same),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
