// SPDX-License-Identifier: GPL-2.0-or-later
/* A command for another user: what it gets of its caller, and what not. Each case is a
 * caller in a process of its own. */
#include "run/apart.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "apart-test.h"

/* A caller that has our stdin, stdout and stderr. Returns its result. */
static int in_caller(int (*fn)(void))
{
	int status = status_of_child(be_program, fn);

	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static char *told_by(int (*fn)(void))
{
	struct capture capture = capture_begin(STDOUT_FILENO);
	int status = in_caller(fn);
	char *text = capture_end(&capture);

	if (status)
		fail_msg("status %d: %s", status, text);
	return text;
}

static int exits(void)
{
	return shell("exit 7");
}

static int is_killed(void)
{
	return shell("kill -KILL $$");
}

static int is_not_there(void)
{
	return run("/nonexistent/command", NULL, NULL);
}

static int is_no_program(void)
{
	return run("/dev/null", NULL, NULL);
}

static void its_end_is_ours(void **state)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	int status[] = { in_caller(exits), in_caller(is_killed), in_caller(is_not_there),
			 in_caller(is_no_program) };
	_cleanup_free_ char *told = capture_end(&capture);

	(void)state;
	assert_int_equal(status[0], 7);
	assert_int_equal(status[1], 128 + SIGKILL);
	assert_int_equal(status[2], 127);
	assert_int_equal(status[3], 126);
	assert_string_equal(told, "vfio-prep: cannot execute '/nonexistent/command': "
				  "No such file or directory\n"
				  "vfio-prep: cannot execute '/dev/null': "
				  "Permission denied\n");
}

static int shows_environment(void)
{
	clearenv();
	setenv("LD_PRELOAD", "/secret.so", 1);
	setenv("HOME", "/secret", 1);
	setenv("PATH", "/secret", 1);
	setenv("USER", "secret", 1);
	setenv("TERM", "vt102", 1);
	setenv("TERMINAL", "secret", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("LANGUAGE", "en", 1);
	setenv("KEPT", "1", 1);
	setenv("KEPT2", "secret", 1);
	return run("/usr/bin/env", NULL, NULL);
}

static void its_environment_is_its_users(void **state)
{
	static const char *const allowed[] = { "HOME=",
					       "USER=",
					       "LOGNAME=",
					       "SHELL=",
					       "PATH=/usr/local/sbin:",
					       "TERM=vt102",
					       "LANG=C.UTF-8",
					       "LANGUAGE=en",
					       "KEPT=1" };
	_cleanup_free_ char *told = told_by(shows_environment);
	char *rest = told, *line;
	size_t i, n = 0;

	(void)state;
	assert_null(strstr(told, "secret"));
	while ((line = strsep(&rest, "\n")) && *line) {
		for (i = 0; i < VPREP_ARRAY_SIZE(allowed); i++)
			if (strncmp(line, allowed[i], strlen(allowed[i])) == 0)
				break;
		if (i == VPREP_ARRAY_SIZE(allowed))
			fail_msg("it has %s", line);
		n++;
	}
	assert_int_equal(n, VPREP_ARRAY_SIZE(allowed));
}

static void names_to_keep_are_names(void **state)
{
	static const char *const good[] = { "A", "A,b_1", "_" }, *const bad[] = {
		"", ",", "A,", ",A", "A,,B", "1", "A=B", "A B", "A*", "é"
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(good); i++)
		assert_true(vprep_environment_are_names(good[i]));
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		if (vprep_environment_are_names(bad[i]))
			fail_msg("'%s' is taken", bad[i]);
}

static int shows_files(void)
{
	int fd = memfd_create("secret", 0), high = fcntl(fd, F_DUPFD, 200);

	return fd < 0 || high < 0
		       ? 1
		       : shell("for i in $(seq 0 300); do [ -e /proc/$$/fd/$i ] && echo $i; "
			       "done; grep NoNewPrivs /proc/self/status");
}

static void it_has_no_other_file_and_gains_no_privilege(void **state)
{
	_cleanup_free_ char *told = told_by(shows_files);

	(void)state;
	assert_string_equal(told, "0\n1\n2\nNoNewPrivs:\t1\n");
}

/* As Linux before 5.11, which has close_range(2) without any flag. */
static void forbid_flags_of_close_range(void)
{
	const unsigned flags = offsetof(struct seccomp_data, args[2]) +
			       (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { VPREP_ARRAY_SIZE(code), code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	assert_int_equal(close_range(1000, 1000, CLOSE_RANGE_CLOEXEC), -1);
	assert_int_equal(close_range(1000, 1000, 0), 0);
}

static int shows_files_to_an_old_kernel(void)
{
	forbid_flags_of_close_range();
	return shows_files();
}

static void an_old_kernel_will_do(void **state)
{
	_cleanup_free_ char *told = told_by(shows_files_to_an_old_kernel);

	(void)state;
	assert_string_equal(told, "0\n1\n2\nNoNewPrivs:\t1\n");
}

static int copies(void)
{
	return run("cat", NULL, NULL);
}

/* As they are, without a terminal in between. */
static void files_and_pipes_are_handed_on(void **state)
{
	struct capture capture = capture_begin(STDOUT_FILENO);
	int fds[2], status, fd = dup(STDIN_FILENO);
	char zeroes[] = { 'a', '\0', '\n', '\r', 4, 3, 'b' };
	_cleanup_free_ char *told = NULL;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], zeroes, sizeof(zeroes)), sizeof(zeroes));
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	status = in_caller(copies);
	dup2(fd, STDIN_FILENO);
	close(fd);
	told = capture_end(&capture);
	assert_int_equal(status, 0);
	assert_memory_equal(told, zeroes, sizeof(zeroes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_end_is_ours),
		TEST(its_environment_is_its_users),
		TEST(names_to_keep_are_names),
		TEST(it_has_no_other_file_and_gains_no_privilege),
		TEST(an_old_kernel_will_do),
		TEST(files_and_pipes_are_handed_on),
	};

	return cmocka_run_group_tests_name("apart", tests, NULL, NULL);
}
