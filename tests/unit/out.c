// SPDX-License-Identifier: GPL-2.0-or-later
/* Text for the standard output, and messages for the standard error. */
#include "out.h"

#include "args.h"
#include "command-test.h"
#include "message.h"

static void wraps(unsigned width, unsigned at, unsigned indent, const char *text,
		  const char *expected)
{
	_cleanup_free_ char *written = NULL;
	struct vprep_out out;

	out_begin(&out, width);
	vprep_out_wrapped(&out, at, indent, text);
	written = out_end(&out);
	assert_string_equal(written, expected);
}

static void lines_are_broken_between_words(void **state)
{
	(void)state;
	wraps(24, 0, 0, "one two three four five six", "one two three four five\nsix\n");
	wraps(30, 4, 2, "one two three four five six seven",
	      "one two three four five\n  six seven\n");
	wraps(0, 0, 0, "one two three four five six", "one two three four five six\n");
	wraps(24, 0, 0, "a word-that-is-longer-than-the-line b",
	      "a\nword-that-is-longer-than-the-line\nb\n");
	wraps(24, 0, 0, "", "\n");
}

static void a_character_is_never_cut(void **state)
{
	static const char *const cases[][2] = {
		{ "12345678", "12345678" },
		{ "123456789", "12345..." },
		{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9..." },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = strdup(cases[i][0]);

		assert_non_null(text);
		vprep_out_shorten(text, 8);
		assert_string_equal(text, cases[i][1]);
	}
}

static void json_is_utf_8_whatever_names_are_made_of(void **state)
{
	_cleanup_free_ char *written = NULL;
	struct vprep_out out;
	struct vprep_json root;

	(void)state;
	out_begin(&out, 0);
	root = vprep_json_begin_object(&out.json);
	vprep_json_add_string(root, "owner", "a\n\x1b\xff\xe2\x80\xae\xc3\xa9");
	vprep_out_json(&out);
	written = out_end(&out);
	assert_string_equal(written,
			    "{\n  \"owner\": \"a\\n\\u001b?\xe2\x80\xae\xc3\xa9\"\n}\n");
}

static void a_message_is_one_line_with_a_name_in_front(void **state)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	_cleanup_free_ char *told = NULL;
	int status;

	(void)state;
	vprep_message("%s is %d", "x", 1);
	status = vprep_message_usage("attach", "no %s", "device");
	vprep_message_usage(NULL, "no verb");
	told = capture_end(&capture);
	assert_int_equal(status, 2);
	assert_string_equal(told, "vfio-prep: x is 1\n"
				  "vfio-prep attach: no device\n"
				  "vfio-prep: no verb\n");
}

static void the_log_is_as_loud_as_was_asked_for(void **state)
{
	static const struct {
		enum vprep_opt option;
		const char *expected;
	} cases[] = {
		{ VPREP_OPT_JSON, "vfio-prep: warning\nvfio-prep: notice\n" },
		{ VPREP_OPT_QUIET, "vfio-prep: warning\n" },
		{ VPREP_OPT_VERBOSE,
		  "vfio-prep: warning\nvfio-prep: notice\nvfio-prep: debug\n" },
	};

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		struct vprep_args args = { 0 };
		struct capture capture = capture_begin(STDERR_FILENO);
		_cleanup_free_ char *told = NULL;

		args.values[cases[i].option] = "";
		vprep_message_log(&args, VPREP_LOG_WARNING, "warning");
		vprep_message_log(&args, VPREP_LOG_NOTICE, "notice");
		vprep_message_log(&args, VPREP_LOG_DEBUG, "debug");
		told = capture_end(&capture);
		assert_string_equal(told, cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_broken_between_words),
		TEST(a_character_is_never_cut),
		TEST(json_is_utf_8_whatever_names_are_made_of),
		TEST(a_message_is_one_line_with_a_name_in_front),
		TEST(the_log_is_as_loud_as_was_asked_for),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
