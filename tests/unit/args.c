// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: what is taken, and what is refused in which words. */
#include "args.h"

#include "command-test.h"
#include "verb.h"

#define WORDS_MAX 16

static struct vprep_args args;
static char *told;

/* Parses the words behind the program's name. 0 or exit status 2. */
static int parse(const char *line, ...)
{
	static const char *argv[WORDS_MAX]; /* @args keeps pointers into it */
	const char *word = line;
	struct capture capture;
	int argc = 1, r;
	va_list ap;

	vprep_args_done(&args);
	free(told);
	args = (struct vprep_args){ 0 };
	memset(argv, 0, sizeof(argv));
	argv[0] = "vfio-prep";
	va_start(ap, line);
	for (; word; word = va_arg(ap, const char *)) {
		assert_true(argc < WORDS_MAX - 1);
		argv[argc++] = word;
	}
	va_end(ap);
	capture = capture_begin(STDERR_FILENO);
	r = vprep_args_parse(argc, (char **)(uintptr_t)argv, &args);
	told = capture_end(&capture);
	return r;
}

#define accepted(...)                                                                    \
	do {                                                                             \
		if (parse(__VA_ARGS__, NULL) != 0)                                       \
			fail_msg("%s", told);                                            \
		assert_string_equal(told, "");                                           \
	} while (0)

/* @message without "vfio-prep" in front and the newline. */
#define refused(message, ...)                                                            \
	do {                                                                             \
		assert_int_equal(parse(__VA_ARGS__, NULL), 2);                           \
		assert_string_equal(told, "vfio-prep" message "\n");                     \
	} while (0)

static int end(void **state)
{
	vprep_args_done(&args);
	free(told);
	told = NULL;
	return test_end(state);
}

static void names_and_options_come_in_any_order(void **state)
{
	(void)state;
	accepted("attach", "--owner", "web1", "05:10.1", "--force", "05:10.2");
	assert_ptr_equal(args.verb, &vprep_verb_attach);
	assert_int_equal(args.n_names, 2);
	assert_string_equal(args.names[0], "05:10.1");
	assert_string_equal(args.names[1], "05:10.2");
	assert_null(args.names[2]);
	assert_string_equal(vprep_args_value(&args, VPREP_OPT_OWNER), "web1");
	assert_true(vprep_args_has(&args, VPREP_OPT_FORCE));
	assert_false(vprep_args_has(&args, VPREP_OPT_USER));
	accepted("--quiet", "--config", "x", "status");
	assert_string_equal(vprep_args_value(&args, VPREP_OPT_CONFIG), "x");
}

static void a_value_may_follow_an_equals_sign(void **state)
{
	(void)state;
	accepted("attach", "--owner=web=1", "05:10.1");
	assert_string_equal(vprep_args_value(&args, VPREP_OPT_OWNER), "web=1");
	accepted("attach", "--owner", "--force", "05:10.1");
	assert_string_equal(vprep_args_value(&args, VPREP_OPT_OWNER), "--force");
}

static void an_option_that_repeats_keeps_all_values(void **state)
{
	const char *const *list;

	(void)state;
	accepted("list", "--cap", "pci", "--cap=net");
	list = vprep_args_list(&args, VPREP_OPT_CAP);
	assert_string_equal(list[0], "pci");
	assert_string_equal(list[1], "net");
	assert_null(list[2]);
	accepted("list");
	assert_null(vprep_args_list(&args, VPREP_OPT_CAP));
	refused(" attach: --owner is given twice", "attach", "--owner", "a", "--owner=b");
	refused(" status: --json is given twice", "status", "--json", "--json");
}

static void what_follows_two_dashes_is_no_option(void **state)
{
	(void)state;
	accepted("detach", "--", "--all");
	assert_string_equal(args.names[0], "--all");
	assert_false(vprep_args_has(&args, VPREP_OPT_ALL));
	accepted("run", "05:10.1", "--", "ls", "--help");
	assert_int_equal(args.n_names, 1);
	assert_string_equal(args.command[0], "ls");
	assert_string_equal(args.command[1], "--help");
	assert_null(args.command[2]);
	refused(" run: no command given: it follows the devices, after --; "
		"see vfio-prep run --help",
		"run", "05:10.1");
	refused(" run: the command is empty; see vfio-prep run --help", "run", "05:10.1",
		"--", "");
}

static void an_unknown_option_is_refused(void **state)
{
	(void)state;
	refused(" attach: unknown option --nonsense", "attach", "--nonsense", "05:10.1");
	refused(": unknown option --nonsense", "--nonsense=1", "attach");
	refused(" attach: unknown option -x", "attach", "-x");
	refused(" attach: unknown option --?[31m", "attach", "--\x1b[31m");
}

static void the_option_that_was_meant_is_suggested(void **state)
{
	(void)state;
	refused(" attach: unknown option --ower, did you mean --owner?", "attach",
		"--ower=web1");
	refused(": unknown option --versoin, did you mean --version?", "--versoin");
	/* an option of other verbs only is not suggested */
	refused(" attach: unknown option --stict", "attach", "--stict");
	refused(" status: unknown option --jsn, did you mean --json?", "status", "--jsn");
}

static void an_abbreviation_is_no_option(void **state)
{
	(void)state;
	refused(" detach: unknown option --al, did you mean --all?", "detach", "--al");
	refused(" attach: unknown option --own, did you mean --owner?", "attach",
		"--own=x");
	refused(" attach: unknown option --f", "attach", "--f", "05:10.1");
}

static void a_value_is_there_if_and_only_if_the_option_has_one(void **state)
{
	(void)state;
	refused(" attach: --owner needs a value", "attach", "05:10.1", "--owner");
	refused(" attach: the value of --owner is empty", "attach", "--owner=", "x");
	refused(" attach: --force takes no value", "attach", "--force=yes", "x");
}

static void a_value_is_one_of_the_choices(void **state)
{
	(void)state;
	accepted("attach", "05:10.1", "--group-policy", "strict");
	accepted("mdev", "create", "--type", "x", "--placement=separate");
	refused(" attach: --group-policy is whole or strict; see vfio-prep attach --help",
		"attach", "05:10.1", "--group-policy=Strict");
	refused(" mdev: --placement is compact or separate; see vfio-prep mdev --help",
		"mdev", "create", "--type", "x", "--placement", "near");
}

static void a_verb_takes_its_own_options_only(void **state)
{
	(void)state;
	refused(" attach: does not take --all", "attach", "05:10.1", "--all");
	refused(" attach: --sysroot is refused: this verb is about the live host",
		"--sysroot", "/x", "attach", "05:10.1");
	refused(": --force belongs after the verb", "--force", "attach", "05:10.1");
	accepted("--sysroot", "/x", "groups");
	refused(" status: --verbose and --quiet exclude each other", "status", "--quiet",
		"--verbose");
}

static void a_verb_takes_as_many_names_as_it_says(void **state)
{
	(void)state;
	refused(": no verb given; see vfio-prep --help", NULL);
	refused(": unknown verb 'atach', did you mean 'attach'?", "atach", "05:10.1");
	refused(": unknown verb 'x?y'; see vfio-prep --help", "x\ny");
	refused(" status: takes no names, but got 'web1'", "status", "web1");
	refused(" attach: a device name is empty", "attach", "");
	refused(" attach: no device named; see vfio-prep attach --help", "attach");
	refused(" check: give device names or --domain, not both; "
		"see vfio-prep check --help",
		"check", "05:10.1", "--domain", "x");
	accepted("check", "--domain", "x");
	refused(" prepare: name one FILE, or - for standard input; "
		"see vfio-prep prepare --help",
		"prepare");
	accepted("prepare", "-");
	refused(" capture: name one new folder; see vfio-prep capture --help", "capture",
		"a", "b");
	refused(" numvfs: the number of VFs is one from 0 to 65535; "
		"see vfio-prep numvfs --help",
		"numvfs", "05:00.1", "65536");
	accepted("numvfs", "05:00.1", "65535");
	refused(" detach: give only one of device names, --owner and --all; "
		"see vfio-prep detach --help",
		"detach", "05:10.1", "--all");
}

/* Neither is hindered by what else is missing. */
static void help_and_version_are_always_taken(void **state)
{
	(void)state;
	accepted("--help");
	assert_null(args.verb);
	accepted("attach", "-h");
	assert_ptr_equal(args.verb, &vprep_verb_attach);
	assert_true(vprep_args_has(&args, VPREP_OPT_HELP));
	accepted("--version", "attach");
	accepted("help", "attach");
	assert_ptr_equal(args.verb, &vprep_verb_attach);
	assert_true(vprep_args_has(&args, VPREP_OPT_HELP));
	accepted("help");
	assert_null(args.verb);
	assert_true(vprep_args_has(&args, VPREP_OPT_HELP));
}

static void some_options_have_a_letter(void **state)
{
	(void)state;
	accepted("attach", "-v", "05:10.1");
	assert_true(vprep_args_has(&args, VPREP_OPT_VERBOSE));
	accepted("-q", "attach", "05:10.1");
	assert_true(vprep_args_has(&args, VPREP_OPT_QUIET));
	refused(" attach: --verbose and --quiet exclude each other", "attach", "-vq",
		"05:10.1");
}

static void the_environment_has_no_say(void **state)
{
	(void)state;
	setenv("POSIXLY_CORRECT", "1", 1);
	accepted("detach", "05:10.1", "05:10.2", "--quiet");
	unsetenv("POSIXLY_CORRECT");
	assert_int_equal(args.n_names, 2);
}

#define ARGS_TEST(fn) cmocka_unit_test_setup_teardown(fn, test_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARGS_TEST(names_and_options_come_in_any_order),
		ARGS_TEST(a_value_may_follow_an_equals_sign),
		ARGS_TEST(an_option_that_repeats_keeps_all_values),
		ARGS_TEST(what_follows_two_dashes_is_no_option),
		ARGS_TEST(an_unknown_option_is_refused),
		ARGS_TEST(the_option_that_was_meant_is_suggested),
		ARGS_TEST(an_abbreviation_is_no_option),
		ARGS_TEST(a_value_is_there_if_and_only_if_the_option_has_one),
		ARGS_TEST(a_value_is_one_of_the_choices),
		ARGS_TEST(a_verb_takes_its_own_options_only),
		ARGS_TEST(a_verb_takes_as_many_names_as_it_says),
		ARGS_TEST(help_and_version_are_always_taken),
		ARGS_TEST(some_options_have_a_letter),
		ARGS_TEST(the_environment_has_no_say),
	};

	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
