// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages on stderr. */
#include "message.h"
#include "args.h"
#include "command-test.h"

static void what_was_said(const struct capture *capture, const char *expected)
{
	_cleanup_free_ char *text = capture_end(capture);

	assert_string_equal(text, expected);
}

static void a_message_goes_over_a_progress_and_not_behind_it(void **state)
{
	struct vprep_args args = { 0 };
	struct capture capture = capture_begin(STDERR_FILENO);

	(void)state;
	vprep_message_progress("1 of 7");
	vprep_message_progress("2 of 7");
	vprep_message("one");
	vprep_message("two");
	vprep_message_progress("3 of 7");
	vprep_message_try_log(&args, VPREP_LOG_NOTICE, "three");
	vprep_message_progress("4 of 7");
	vprep_message_progress(NULL);
	vprep_message_progress(NULL);
	what_was_said(&capture, "\r\033[Kvfio-prep: 1 of 7\r\033[Kvfio-prep: 2 of 7"
				"\r\033[Kvfio-prep: one\nvfio-prep: two\n"
				"\r\033[Kvfio-prep: 3 of 7\r\033[Kvfio-prep: three\n"
				"\r\033[Kvfio-prep: 4 of 7\r\033[K");
}

static void verbose_and_quiet_choose_what_is_told(void **state)
{
	struct vprep_args plain = { 0 }, verbose = { 0 }, quiet = { 0 };
	struct vprep_args *all[] = { &plain, &verbose, &quiet };
	struct capture capture = capture_begin(STDERR_FILENO);

	(void)state;
	verbose.values[VPREP_OPT_VERBOSE] = "";
	quiet.values[VPREP_OPT_QUIET] = "";
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(all); i++) {
		vprep_message_log(all[i], VPREP_LOG_WARNING, "warning");
		vprep_message_log(all[i], VPREP_LOG_NOTICE, "notice");
		vprep_message_log(all[i], VPREP_LOG_DEBUG, "detail");
	}
	what_was_said(&capture,
		      "vfio-prep: warning\nvfio-prep: notice\n"
		      "vfio-prep: warning\nvfio-prep: notice\nvfio-prep: detail\n"
		      "vfio-prep: warning\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_goes_over_a_progress_and_not_behind_it),
		TEST(verbose_and_quiet_choose_what_is_told),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
