// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk over tags: which there are, where, and that nothing behind the end is seen. */
#include "common/tags.h"

#include "common/str.h"
#include "test.h"

/* Kinds and places of all tags, as "KIND:BEGIN-END@LINE". */
static char *walk(const char *text, size_t len)
{
	static const char kinds[] = "SEX!?";
	struct vprep_tags tags = vprep_tags_begin(text, len);
	_cleanup_buf_ struct vprep_buf all = { 0 };
	struct vprep_tag tag;
	char *ret;

	while (vprep_tags_next(&tags, &tag))
		vprep_buf_addf(&all, "%s%c:%zu-%zu@%u", all.len ? " " : "",
			       kinds[tag.kind], tag.begin, tag.end, tag.line);
	assert_int_equal(vprep_buf_take(&all, &ret), 0);
	return ret;
}

static void check(const char *text, const char *expected)
{
	_cleanup_free_ char *all = walk(text, strlen(text));

	assert_string_equal(all, expected);
}

static void each_tag_is_seen_with_its_kind(void **state)
{
	(void)state;
	check("", "");
	check("text", "");
	check("<a>\n<b/></a >", "S:0-2@1 E:4-7@2 X:8-12@2");
	check("<a b='/'/><c d=e/>", "E:0-9@1 E:10-17@1");
	check("<!DOCTYPE x><>", "!:0-11@1 S:12-13@1");
}

static void what_is_no_tag_is_passed_over(void **state)
{
	(void)state;
	check("<!-- <x>\n --><a>", "S:13-15@2");
	check("<![CDATA[<x>]]><a>", "S:15-17@1");
	check("<?x <y> ?><a>", "S:10-12@1");
	check("<a b='>' c=\"'>\n\"><d>", "S:0-16@1 S:17-19@2");
}

static void a_text_that_ends_too_early_is_told(void **state)
{
	(void)state;
	check("<", "?:0-1@1");
	check("<a", "?:0-2@1");
	check("<a b='>", "?:0-7@1");
	check("\n<!-- ", "?:1-6@2");
	check("<!--->", "?:0-6@1");
	check("<?", "?:0-2@1");
}

static void utf_16_is_counted_in_its_units(void **state)
{
	_cleanup_free_ char *little = walk("\xff\xfe<\0a\0>\0", 8);
	_cleanup_free_ char *big = walk("\xfe\xff\0<\0?\0?\0>\0<\0a\0/\0>", 18);

	(void)state;
	assert_string_equal(little, "S:1-3@1");
	assert_string_equal(big, "E:5-8@1");
}

static void values_of_attributes_are_counted(void **state)
{
	const char *text = "<a b='1' c=\"2\" d='\"'>";
	struct vprep_tags tags = vprep_tags_begin(text, strlen(text));
	struct vprep_tag tag;

	(void)state;
	assert_true(vprep_tags_next(&tags, &tag));
	assert_int_equal(tag.attributes, 3);
}

static void a_name_is_compared_as_a_whole(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} cases[] = {
		{ "<ab>", true },    { "</ab>", true },	 { "<ab/>", true },
		{ "<ab\tc>", true }, { "<abc>", false }, { "<a>", false },
		{ "<x:ab>", false }, { "<ab", true },	 { "<a", false },
	};

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		struct vprep_tags tags =
			vprep_tags_begin(cases[i].text, strlen(cases[i].text));
		struct vprep_tag tag;

		assert_true(vprep_tags_next(&tags, &tag));
		if (vprep_tags_is_named(&tags, &tag, "ab") != cases[i].same)
			fail_msg("%s", cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_tag_is_seen_with_its_kind),
		TEST(what_is_no_tag_is_passed_over),
		TEST(a_text_that_ends_too_early_is_told),
		TEST(utf_16_is_counted_in_its_units),
		TEST(values_of_attributes_are_counted),
		TEST(a_name_is_compared_as_a_whole),
	};

	return cmocka_run_group_tests_name("tags", tests, NULL, NULL);
}
