// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What signals do to the program and to a command that it runs. Each case is a process of
 * its own, which tells by its exit status what came of it.
 */
#include "signals.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "command-test.h"
#include "command.h"

#define BY_SIGNAL 128  /* as vprep_command_run() counts */
#define PATIENCE 20000 /* ms */

/* What came of @fn in a child: its result, or BY_SIGNAL and the signal. */
static int in_child(int (*fn)(void))
{
	int status = status_of_child(vprep_signals_init, fn);

	return WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
}

static int stop_while_caught(void)
{
	vprep_signals_catch();
	if (vprep_signals_caught(NULL))
		return 1;
	raise(SIGTERM);
	return vprep_signals_caught(NULL) ? 0 : 2;
}

static int stop_after_release(void)
{
	vprep_signals_catch();
	vprep_signals_release();
	raise(SIGINT);
	return 0;
}

static void a_stop_signal_sets_a_flag_while_it_is_caught(void **state)
{
	(void)state;
	assert_int_equal(in_child(stop_while_caught), 0);
	assert_int_equal(in_child(stop_after_release), BY_SIGNAL + SIGINT);
}

static int hang_up_under_nohup(void)
{
	signal(SIGHUP, SIG_IGN);
	vprep_signals_catch();
	raise(SIGHUP);
	return vprep_signals_caught(NULL);
}

static void an_ignored_signal_stays_ignored(void **state)
{
	(void)state;
	assert_int_equal(in_child(hang_up_under_nohup), 0);
}

static int restored(void)
{
	struct sigaction now;
	sigset_t set, mask;

	vprep_signals_catch();
	vprep_signals_block_others();
	vprep_signals_block(&set);
	if (!sigismember(&set, SIGTERM) || !sigismember(&set, SIGUSR1))
		return 1;
	vprep_signals_restore();
	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (sigismember(&mask, SIGTERM) || sigismember(&mask, SIGUSR1))
		return 2;
	sigaction(SIGPIPE, NULL, &now);
	return now.sa_handler == SIG_DFL ? 0 : 3;
}

static void a_program_that_takes_our_place_finds_signals_as_they_were(void **state)
{
	(void)state;
	assert_int_equal(in_child(restored), 0);
}

/* ---- the program ---- */

/* It has read so far what its standard input, a pipe, had. */
static bool has_read(int in)
{
	int left = 1;

	for (int i = 0; i < PATIENCE && left > 0; i++) {
		assert_int_equal(ioctl(in, FIONREAD, &left), 0);
		usleep(1000);
	}
	return left == 0;
}

static bool has_ended(pid_t pid, int *ret_status)
{
	for (int i = 0; i < PATIENCE; i++) {
		if (waitpid(pid, ret_status, WNOHANG) == pid)
			return true;
		usleep(1000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, ret_status, 0);
	return false;
}

/* Nothing has been changed by then, and who writes the document may never come to its
 * end. */
static void a_stop_signal_ends_a_program_that_reads_its_document(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM };

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(numbers); i++) {
		int in[2], status;
		pid_t pid;

		assert_int_equal(pipe2(in, O_CLOEXEC), 0);
		assert_int_equal(write(in[1], "<domain>", 8), 8);
		pid = fork();
		if (pid == 0) {
			signal(SIGINT, SIG_DFL);
			dup2(in[0], STDIN_FILENO);
			execl(PROGRAM, PROGRAM, "prepare", "-", NULL);
			_exit(98);
		}
		assert_true(has_read(in[0]));
		kill(pid, numbers[i]);
		assert_true(has_ended(pid, &status));
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), numbers[i]);
		close(in[0]);
		close(in[1]);
	}
}

/* ---- commands ---- */

static int may_enter(void *data)
{
	return *(int *)data;
}

static int run(const char *word, const char *option, const char *script, int enter)
{
	const char *argv[] = { word, option, script, NULL };
	const struct vprep_command command = { .argv = (char **)(uintptr_t)argv,
					       .enter = may_enter,
					       .data = &enter };

	return vprep_command_run(&command);
}

static int shell(const char *script)
{
	return run("sh", "-c", script, 0);
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
	return run("/nonexistent/command", NULL, NULL, 0);
}

static int is_no_program(void)
{
	return run("/dev/null", NULL, NULL, 0);
}

static int is_not_entered(void)
{
	return run("true", NULL, NULL, 5);
}

static void a_command_s_end_is_ours(void **state)
{
	struct capture capture = capture_begin(STDERR_FILENO);
	int status[] = { in_child(exits), in_child(is_killed), in_child(is_not_there),
			 in_child(is_no_program), in_child(is_not_entered) };
	_cleanup_free_ char *told = capture_end(&capture);

	(void)state;
	assert_int_equal(status[0], 7);
	assert_int_equal(status[1], BY_SIGNAL + SIGKILL);
	assert_int_equal(status[2], 127);
	assert_int_equal(status[3], 126);
	assert_int_equal(status[4], 5);
	assert_string_equal(told, "vfio-prep: cannot execute '/nonexistent/command': "
				  "No such file or directory\n"
				  "vfio-prep: cannot execute '/dev/null': "
				  "Permission denied\n");
}

/* The command sends it to its parent, and waits until it has it itself. */
static int passes_on(void)
{
	vprep_signals_catch();
	vprep_signals_block_others();
	return shell(
		"trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.01; done");
}

static int passes_on_what_is_for_commands(void)
{
	vprep_signals_catch();
	vprep_signals_block_others();
	return shell(
		"trap 'exit 8' USR1; kill -USR1 $PPID; while :; do sleep 0.01; done");
}

static void a_command_gets_the_signals_that_we_get(void **state)
{
	(void)state;
	assert_int_equal(in_child(passes_on), 9);
	assert_int_equal(in_child(passes_on_what_is_for_commands), 8);
}

static int stopped_before_it_starts(void)
{
	vprep_signals_catch();
	raise(SIGTERM);
	return shell("exit 7") == -EINTR ? 0 : 1;
}

static void a_signal_that_comes_early_keeps_the_command_from_starting(void **state)
{
	(void)state;
	assert_int_equal(in_child(stopped_before_it_starts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stop_signal_sets_a_flag_while_it_is_caught),
		TEST(an_ignored_signal_stays_ignored),
		TEST(a_program_that_takes_our_place_finds_signals_as_they_were),
		TEST(a_stop_signal_ends_a_program_that_reads_its_document),
		TEST(a_command_s_end_is_ours),
		TEST(a_command_gets_the_signals_that_we_get),
		TEST(a_signal_that_comes_early_keeps_the_command_from_starting),
	};

	test_default_signals();
	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
