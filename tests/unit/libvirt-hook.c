// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hook as a program: what it asks of the library for which operation, and what it
 * says. The library is a double, found before the real one by LD_LIBRARY_PATH.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"

#define OUTPUT_MAX ((size_t)1024 * 1024)
#define LEAKED_FD 77
#define NEEDS "<domain>NEEDS</domain>"
#define HOLDS "<domain>HOLDS</domain>"
#define PLAIN "<domain><name>x</name></domain>"

static struct {
	const char *library; /* the double to use */
	const char *fail;    /* what of it fails */
	bool wait;	     /* prepare waits for a signal */
	const char *input;
	size_t input_len;
	bool no_input; /* standard input is closed */
} setting;

static struct {
	int status;
	char *out, *err, *calls;
} result;

static char dir[] = "/tmp/hook.XXXXXX";

static char *path_of(const char *name)
{
	char *path = vprep_strf("%s/%s", dir, name);

	assert_non_null(path);
	return path;
}

/* Under the name that the hook looks for. */
static void put_library(void)
{
	_cleanup_free_ char *path = path_of("libvfio-prep.so.1");

	unlink(path);
	assert_int_equal(symlink(setting.library ? setting.library : WHOLE, path), 0);
}

static char *take_file(const char *name)
{
	_cleanup_free_ char *path = path_of(name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	if (fd >= 0)
		assert_int_equal(vprep_file_read(fd, OUTPUT_MAX, &text, &len), 0);
	else
		text = strdup("");
	unlink(path);
	return text;
}

static void redirect(const char *name, int to)
{
	_cleanup_free_ char *path = path_of(name);
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);

	if (fd < 0 || dup2(fd, to) != to)
		_exit(99);
	close(fd);
}

static void become_hook(char *const *argv, int input)
{
	_cleanup_free_ char *log = path_of("calls");

	if (setting.no_input)
		close(STDIN_FILENO);
	else
		dup2(input, STDIN_FILENO);
	dup2(input, LEAKED_FD);
	redirect("out", STDOUT_FILENO);
	redirect("err", STDERR_FILENO);
	clearenv();
	setenv("LC_ALL", "C", 1);
	setenv("LD_LIBRARY_PATH", dir, 1);
	setenv("DOUBLE_LOG", log, 1);
	if (setting.fail)
		setenv("DOUBLE_FAIL", setting.fail, 1);
	if (setting.wait)
		setenv("DOUBLE_WAIT", "1", 1);
	execv(HOOK, argv);
	_exit(98);
}

/* Starts it and hands it the input. */
static pid_t start(char *const *argv)
{
	const char *input = setting.input ? setting.input : "";
	size_t len = setting.input_len ? setting.input_len : strlen(input), at = 0;
	int pipes[2];
	pid_t pid;

	put_library();
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become_hook(argv, pipes[0]);
	close(pipes[0]);
	while (at < len && !setting.no_input) {
		ssize_t n = write(pipes[1], input + at, len - at);

		assert_true(n > 0); /* else it did not read all */
		at += (size_t)n;
	}
	close(pipes[1]);
	return pid;
}

static void finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	result.out = take_file("out");
	result.err = take_file("err");
	result.calls = take_file("calls");
}

static void forget(void)
{
	free(result.out);
	free(result.err);
	free(result.calls);
	memset(&result, 0, sizeof(result));
}

static void hook(const char *guest, const char *operation, const char *part)
{
	const char *const argv[] = { HOOK, guest, operation, part, "-", NULL };

	forget();
	finish(start((char *const *)(uintptr_t)argv));
	assert_string_equal(result.out, "");
}

static int begin(void **state)
{
	memset(&setting, 0, sizeof(setting));
	return test_begin(state);
}

static int end(void **state)
{
	forget();
	return test_end(state);
}

static void each_operation_asks_for_what_it_is(void **state)
{
	static const struct {
		const char *operation, *part, *input, *calls;
	} cases[] = {
		{ "prepare", "begin", NEEDS, "session 0\nprepare 22\n" },
		{ "prepare", "begin", HOLDS, "session 0\nprepare 22\n" },
		{ "prepare", "begin", PLAIN, "" },
		{ "prepare", "end", NEEDS, "" },
		{ "start", "begin", NEEDS, "session 0\nprepare 22\n" },
		{ "start", "begin", PLAIN, "" },
		{ "started", "begin", HOLDS, "session 0\nadopt 22\n" },
		{ "started", "begin", NEEDS, "" },
		{ "stopped", "end", NEEDS HOLDS, "" },
		{ "release", "end", HOLDS, "session 0\nrelease 22\n" },
		{ "release", "end", NEEDS, "" },
		{ "release", "begin", HOLDS, "" },
		{ "reconnect", "begin", HOLDS, "session 0\nadopt 22\n" },
		{ "reconnect", "begin", PLAIN, "" },
		{ "migrate", "begin", NEEDS HOLDS, "" },
		{ "restore", "begin", NEEDS HOLDS, "" },
		{ "attach", "begin", NEEDS HOLDS, "" },
		{ "no-such", "begin", NEEDS HOLDS, "" },
		{ "", "", NEEDS HOLDS, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		setting.input = cases[i].input;
		hook("web1", cases[i].operation, cases[i].part);
		assert_int_equal(result.status, 0);
		assert_string_equal(result.calls, cases[i].calls);
		assert_string_equal(result.err, "");
	}
}

static void a_failure_is_one_line_and_a_status(void **state)
{
	static const struct {
		const char *operation, *part, *fail;
		int status;
	} cases[] = {
		{ "prepare", "begin", "prepare", 3 },
		{ "start", "begin", "prepare", 3 },
		{ "prepare", "begin", "session", 3 },
		{ "release", "end", "release", 3 },
		{ "started", "begin", "adopt", 0 },
		{ "reconnect", "begin", "adopt", 0 },
		{ "reconnect", "begin", "session", 0 },
	};
	size_t i;

	(void)state;
	setting.input = NEEDS HOLDS;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *line = vprep_strf(
			"vfio-prep: 0000:05:10.1: %s says why\n", cases[i].fail);

		setting.fail = cases[i].fail;
		hook("web1", cases[i].operation, cases[i].part);
		assert_int_equal(result.status, cases[i].status);
		assert_string_equal(result.err, line);
	}
}

static void without_a_library_it_says_so_and_no_guest_dies(void **state)
{
	static const char *const libraries[] = { INCOMPLETE, "/dev/null", "/nowhere" };
	size_t i;

	(void)state;
	setting.input = NEEDS HOLDS;
	for (i = 0; i < VPREP_ARRAY_SIZE(libraries); i++) {
		setting.library = libraries[i];
		hook("web1", "prepare", "begin");
		assert_int_equal(result.status, 1);
		assert_non_null(
			strstr(result.err, "cannot use the library of vfio-prep"));
		assert_ptr_equal(strchr(result.err, '\n'),
				 result.err + strlen(result.err) - 1);
		hook("web1", "reconnect", "begin");
		assert_int_equal(result.status, 0);
		assert_string_equal(result.calls, "");
	}
}

static void the_name_is_only_data(void **state)
{
	static char long_name[4001];
	const char *const names[] = {
		"../../etc/x", "a b'\"`$(id)`", "a\nb\x1b[31m\t", "",
		"-rf",	       "%s%n%s%n",	"\xff\xfe",	  long_name
	};
	size_t i;

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		setting.input = NEEDS;
		setting.fail = "prepare";
		hook(names[i], "prepare", "begin");
		assert_int_equal(result.status, 3);
		assert_string_equal(result.err,
				    "vfio-prep: 0000:05:10.1: prepare says why\n");
		setting.input = PLAIN;
		hook(names[i], "prepare", "begin");
		assert_int_equal(result.status, 0);
	}
}

static void wrong_arguments_are_told(void **state)
{
	static const char *const argvs[][4] = {
		{ HOOK, NULL },
		{ HOOK, "web1", NULL },
		{ HOOK, "--help", "x", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(argvs); i++) {
		forget();
		finish(start((char *const *)(uintptr_t)argvs[i]));
		assert_int_equal(result.status, 2);
		assert_non_null(strstr(result.err, "libvirt's hook: GUEST OPERATION"));
		assert_string_equal(result.out, "");
	}
}

static void more_arguments_are_accepted(void **state)
{
	static const char *const argv[] = { HOOK, "web1", "prepare", "begin",
					    "-",  "new",  "newer",   NULL };

	(void)state;
	setting.input = NEEDS;
	finish(start((char *const *)(uintptr_t)argv));
	assert_int_equal(result.status, 0);
	assert_string_equal(result.calls, "session 0\nprepare 22\n");
}

static void no_input_is_an_empty_document(void **state)
{
	(void)state;
	hook("web1", "release", "end");
	assert_int_equal(result.status, 0);
	setting.no_input = true;
	hook("web1", "release", "end");
	assert_int_equal(result.status, 0);
}

/* It is read to the end, for operations that have no use for it, too. */
static void all_of_a_large_input_is_read(void **state)
{
	static const char *const operations[] = { "prepare", "migrate", "no-such" };
	size_t len = (size_t)15 * 1024 * 1024, i;
	_cleanup_free_ char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text + len - strlen(NEEDS), NEEDS, strlen(NEEDS));
	setting.input = text;
	setting.input_len = len;
	for (i = 0; i < VPREP_ARRAY_SIZE(operations); i++) {
		hook("web1", operations[i], "begin");
		assert_int_equal(result.status, 0);
		assert_string_equal(result.calls,
				    i == 0 ? "session 0\nprepare 15728640\n" : "");
	}
}

/* Until the library that the hook has opened says that it waits for a signal. */
static void wait_until_it_waits(pid_t pid)
{
	static const char text[] = "session 0\nwaiting 0\n";
	_cleanup_free_ char *calls = path_of("calls");
	struct stat st;
	siginfo_t ended = { 0 };

	while (stat(calls, &st) < 0 || st.st_size < (off_t)strlen(text)) {
		waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT);
		assert_int_equal(ended.si_pid, 0);
		usleep(1000);
	}
}

static void a_stop_signal_rolls_back(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	static const char *const argv[] = { HOOK, "web1", "prepare", "begin", "-", NULL };
	size_t i;

	(void)state;
	setting.input = NEEDS;
	setting.wait = true;
	for (i = 0; i < VPREP_ARRAY_SIZE(signals); i++) {
		pid_t pid = start((char *const *)(uintptr_t)argv);

		wait_until_it_waits(pid);
		kill(pid, signals[i]);
		forget();
		finish(pid);
		assert_int_equal(result.status, 1);
		assert_string_equal(result.calls,
				    "session 0\nwaiting 0\nrolled-back 0\n");
		assert_string_equal(result.err, "vfio-prep: interrupted; rolled back\n");
	}
}

static int make_dir(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	_cleanup_free_ char *library = path_of("libvfio-prep.so.1");

	(void)state;
	unlink(library);
	return rmdir(dir);
}

#define HOOK_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOOK_TEST(each_operation_asks_for_what_it_is),
		HOOK_TEST(a_failure_is_one_line_and_a_status),
		HOOK_TEST(without_a_library_it_says_so_and_no_guest_dies),
		HOOK_TEST(the_name_is_only_data),
		HOOK_TEST(wrong_arguments_are_told),
		HOOK_TEST(more_arguments_are_accepted),
		HOOK_TEST(no_input_is_an_empty_document),
		HOOK_TEST(all_of_a_large_input_is_read),
		HOOK_TEST(a_stop_signal_rolls_back),
	};

	test_default_signals();
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
