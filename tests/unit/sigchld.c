// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program does with SIGCHLD and with the ends of children is its own affair: the
 * library's work does not depend on it. Each case is a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "io/child.h"
#include "session-fixture.h"
#include "test.h"

#define LOCKED_MS 300
#define STEAL_MS 1
#define RECOVER_MS 20000

typedef void (*host_prelude)(void);

static int attach_and_detach(struct host *h)
{
	int r = host_attach(h, VF " " VF2 " " NIC);

	return r < 0 ? r : host_detach(h, NULL);
}

/* A bind fails: its error comes to the caller as it is, and all is rolled back. */
static int fail_to_attach(struct host *h)
{
	int r;

	fake_set_probe_errno(h->fake, "vfio-pci", EIO);
	r = host_attach(h, VF);
	fake_set_probe_errno(h->fake, "vfio-pci", 0);
	return r == -EIO && strstr(h->err.message, VF) ? 0 : -EPROTO;
}

/* The kernel holds one child beyond its deadline. */
static int time_out(struct host *h)
{
	int r;

	host_configure(h, "deadline-bind = 1\n");
	fake_hold(h->fake, VF);
	r = host_attach(h, VF);
	fake_release(h->fake, VF);
	return r == -ETIMEDOUT ? 0 : -EPROTO;
}

static pid_t lock_for_a_while(struct host *h)
{
	pid_t pid;
	int fd;

	fake_mkdir(h->fake, "run/vfio-prep");
	fake_put(h->fake, 0600, "", "run/vfio-prep/lock");
	fd = openat(h->fake->dir, "run/vfio-prep/lock", O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	pid = fork();
	if (pid == 0) {
		vprep_sleep_ms(LOCKED_MS);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void ignore_sigchld(void)
{
	signal(SIGCHLD, SIG_IGN);
}

static void block_all(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

static void *steal(void *data)
{
	(void)data;
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		vprep_sleep_ms(STEAL_MS);
	}
	return NULL;
}

static void wait_for_all_children(void)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, steal, NULL), 0);
}

static void check(struct host *h, host_prelude prelude, host_work work)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int r;

		prelude();
		r = work(h);
		if (r < 0)
			fprintf(stderr, "%d: %s\n", r, h->err.message);
		_exit(r < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The child that was stuck may take a while to be gone on a busy machine. */
static void recover_at_last(struct host *h)
{
	int64_t end = vprep_now_ms() + RECOVER_MS;
	int r;

	while ((r = host_recover(h, NULL)) < 0 && vprep_now_ms() < end)
		vprep_sleep_ms(STEAL_MS);
	assert_int_equal(r, 0);
}

static void check_all(struct host *h, host_prelude prelude)
{
	pid_t holder;

	check(h, prelude, attach_and_detach);
	host_check_same(h);
	check(h, prelude, fail_to_attach);
	host_check_same(h);
	holder = lock_for_a_while(h);
	check(h, prelude, attach_and_detach);
	waitpid(holder, NULL, 0);
	host_check_same(h);
	check(h, prelude, time_out);
	recover_at_last(h);
}

static void it_may_be_ignored(void **state)
{
	check_all(*state, ignore_sigchld);
}

static void it_may_be_blocked_with_all_others(void **state)
{
	check_all(*state, block_all);
}

static void the_program_may_wait_for_all_children(void **state)
{
	check_all(*state, wait_for_all_children);
}

/* ---- what is started for somebody else ---- */

static int start_program(struct host *h)
{
	char sh[] = "sh", c[] = "-c",
	     script[] = "grep -q '^SigBlk:[[:space:]]*0*$' "
			"/proc/self/status && sleep 0.1";
	char *argv[] = { sh, c, script, NULL };
	int r = vprep_child_detach(h->session->io, "/bin/sh", argv);

	return r < 0 ? r : vprep_child_wait_detached(h->session->io, 5000);
}

static void a_program_is_started_with_signals_as_usual(void **state)
{
	check(*state, block_all, start_program);
	check(*state, ignore_sigchld, start_program);
}

static void one_that_has_ended_is_not_signalled(void **state)
{
	pid_t pid = fork();
	siginfo_t info;

	(void)state;
	if (pid == 0)
		_exit(7);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	vprep_child_kill(pid);
	assert_int_equal(WEXITSTATUS(vprep_child_wait(pid)), 7);
	vprep_child_kill(pid); /* it is nobody's */
	assert_int_equal(vprep_child_wait(pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(it_may_be_ignored),
		HOST_TEST(it_may_be_blocked_with_all_others),
		HOST_TEST(the_program_may_wait_for_all_children),
		HOST_TEST(a_program_is_started_with_signals_as_usual),
		cmocka_unit_test(one_that_has_ended_is_not_signalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
