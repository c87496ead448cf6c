// SPDX-License-Identifier: GPL-2.0-or-later
/* The help of the command and of each verb, and the program that prints it. */
#include "help.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "command-test.h"
#include "verb.h"

static char *help_of(const struct vprep_verb *verb)
{
	struct vprep_out out;

	out_begin(&out, 0);
	vprep_help_print(verb, &out);
	return out_end(&out);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static void each_verb_has_help(void **state)
{
	(void)state;
	for (size_t i = 0; vprep_verbs[i]; i++) {
		const struct vprep_verb *verb = vprep_verbs[i];
		_cleanup_free_ char *text = help_of(verb);
		_cleanup_free_ char *usage =
			vprep_strf("Usage: vfio-prep %s ", verb->name);

		assert_ptr_equal(strstr(text, usage), text);
		has(text, "\nExample:\n  ");
		has(text, verb->example);
		has(text, "\nCommon options:\n");
		has(text, "\nExit status:\n  0  done\n  1  ");
		assert_ptr_equal(vprep_verb_find(verb->name), verb);
		assert_true(strlen(verb->summary) < 60);
	}
}

static void a_verb_s_help_lists_the_options_that_it_takes(void **state)
{
	(void)state;
	for (size_t i = 0; vprep_verbs[i]; i++) {
		_cleanup_free_ char *text = help_of(vprep_verbs[i]);

		for (int k = 0; k < VPREP_OPT_END; k++) {
			enum vprep_opt option = (enum vprep_opt)k;
			char letter = vprep_opt_get(option)->letter;
			_cleanup_free_ char *left =
				letter ? vprep_strf("\n  -%c, --%s ", letter,
						    vprep_opt_get(option)->name)
				       : vprep_strf("\n  --%s ",
						    vprep_opt_get(option)->name);

			if (vprep_verb_takes(vprep_verbs[i], option) !=
			    !!strstr(text, left))
				fail_msg("%s: %s", vprep_verbs[i]->name, left);
		}
	}
}

static void help_fits_into_eighty_columns(void **state)
{
	(void)state;
	for (size_t i = 0;; i++) {
		_cleanup_free_ char *text = help_of(vprep_verbs[i]);
		char *line, *rest = text;

		while ((line = strsep(&rest, "\n"))) {
			if (strlen(line) > 80)
				fail_msg("%s", line);
			assert_false(*line && line[strlen(line) - 1] == ' ');
		}
		if (!vprep_verbs[i])
			break;
	}
}

static void the_command_s_help_lists_all_verbs(void **state)
{
	_cleanup_free_ char *text = help_of(NULL);

	(void)state;
	for (size_t i = 0; vprep_verbs[i]; i++) {
		_cleanup_free_ char *line = vprep_strf(
			"\n  %-11s%s\n", vprep_verbs[i]->name, vprep_verbs[i]->summary);

		has(text, line);
	}
}

static void a_verb_s_own_words_for_an_option_are_shown(void **state)
{
	_cleanup_free_ char *run = help_of(&vprep_verb_run);
	_cleanup_free_ char *attach = help_of(&vprep_verb_attach);

	(void)state;
	has(run, "who runs the command, and gets the nodes");
	has(attach, "who gets the group's /dev/vfio node");
	has(run, "-- COMMAND...\n");
}

/* What is named may not be there; recover may not be root's, requests have no libxml2. */
static void what_may_be_refused_is_told(void **state)
{
	static const struct vprep_verb *const verbs[] = {
		&vprep_verb_list,    &vprep_verb_show,	   &vprep_verb_groups,
		&vprep_verb_pools,   &vprep_verb_numvfs,   &vprep_verb_destroy,
		&vprep_verb_recover, &vprep_verb_requests,
	};

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(verbs); i++) {
		_cleanup_free_ char *text = help_of(verbs[i]);

		has(text, "\n  3  refused");
	}
}

/* ---- the program ---- */

/* Its exit status, with its standard output going to @out. */
static int program(const char *out, const char *word, const char *option)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
			_exit(99);
		execl(PROGRAM, PROGRAM, word, option, NULL);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void help_is_a_success(void **state)
{
	(void)state;
	for (size_t i = 0; vprep_verbs[i]; i++) {
		assert_int_equal(program("/dev/null", vprep_verbs[i]->name, "--help"), 0);
		assert_int_equal(program("/dev/null", "--help", vprep_verbs[i]->name), 0);
	}
	assert_int_equal(program("/dev/null", "--version", NULL), 0);
}

static void an_answer_that_cannot_be_written_is_a_failure(void **state)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	int status = program("/dev/full", "--help", NULL);
	_cleanup_free_ char *told = capture_end(&capture);

	(void)state;
	assert_int_equal(status, 1);
	assert_string_equal(told, "vfio-prep: cannot write to standard output: "
				  "No space left on device\n");
}

static void wrong_usage_has_its_own_status(void **state)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	int none = program("/dev/null", NULL, NULL);
	int unknown = program("/dev/null", "nonsense", "--help");
	_cleanup_free_ char *told = capture_end(&capture);

	(void)state;
	assert_int_equal(none, 2);
	assert_int_equal(unknown, 2);
	assert_string_equal(told, "vfio-prep: no verb given; see vfio-prep --help\n"
				  "vfio-prep: unknown verb 'nonsense'; "
				  "see vfio-prep --help\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_verb_has_help),
		TEST(a_verb_s_help_lists_the_options_that_it_takes),
		TEST(help_fits_into_eighty_columns),
		TEST(the_command_s_help_lists_all_verbs),
		TEST(a_verb_s_own_words_for_an_option_are_shown),
		TEST(what_may_be_refused_is_told),
		TEST(help_is_a_success),
		TEST(an_answer_that_cannot_be_written_is_a_failure),
		TEST(wrong_usage_has_its_own_status),
	};

	return cmocka_run_group_tests_name("help", tests, NULL, NULL);
}
