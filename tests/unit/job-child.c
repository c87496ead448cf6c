// SPDX-License-Identifier: GPL-2.0-or-later
/* What a job's child is: no inherited fds (I1), no life of its own (I2). */
#include "job-test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "common/error.h"
#include "common/str.h"

/* Every fd but the standard ones, the roots, one pipe and this very list. */
static int report_fds(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned extra = 0;
	struct dirent *entry;

	(void)data;
	while ((entry = readdir(dir))) {
		int fd = (int)strtol(entry->d_name, NULL, 10), i;
		bool known = entry->d_name[0] == '.' || fd < 3 || fd == dirfd(dir) ||
			     fd == in->base;

		for (i = 0; i < VPREP_ROOTS; i++)
			known |= fd == in->root[i];
		extra += !known;
	}
	closedir(dir);
	snprintf(ret_err->message, sizeof(ret_err->message), "%u", extra);
	return 0;
}

static void the_child_inherits_no_fd(void **state)
{
	struct vprep_job j[3] = { { .run = report_fds },
				  { .run = report_fds },
				  { .run = report_fds } };
	struct vprep_jobs jobs = make_jobs(j, 3, 3);
	int low = open("/dev/null", O_RDONLY), high = dup2(low, 900);
	size_t i;

	(void)state;
	assert_true(low >= 0 && high == 900);
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
	for (i = 0; i < 3; i++)
		assert_string_equal(j[i].err.message, "1"); /* the report pipe */
	close(low);
	close(high);
}

static int report_output(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	char target[64];
	int fd;

	(void)in, (void)data;
	for (fd = 0; fd < 3; fd++) {
		char path[32];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (!streq(target, "/dev/null"))
			return vprep_error_set(ret_err, VPREP_E_FAILED, EBADF, NULL,
					       "%d is %s", fd, target);
	}
	return 0;
}

static void the_child_has_no_output(void **state)
{
	struct vprep_job j = { .run = report_output };
	struct vprep_jobs jobs = make_jobs(&j, 1, 1);

	(void)state;
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
}

static int read_sys(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	_cleanup_free_ char *text = NULL;
	int r = vprep_io_read(in, VPREP_SYS, &text, "file");

	(void)data, (void)ret_err;
	return r == 0 && !streq(text, "content") ? -EIO : r;
}

/* Runs with standard fds closed: those of the roots, or of the report pipe, take their
 * place. */
static void check_closed(bool before_roots)
{
	struct vprep_job j[2] = { { .run = report_output }, { .run = read_sys } };
	struct vprep_jobs jobs = make_jobs(j, 2, 2);
	struct vprep_io *bare;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (before_roots)
			close_range(0, 2, 0);
		if (vprep_io_new_at(fake->path, true, &vprep_fake_ops, &bare) < 0)
			_exit(2);
		close_range(0, before_roots ? 0 : 2, 0);
		_exit(vprep_jobs_run(bare, &jobs) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A daemon, or a hook of one, may have no standard fds. */
static void the_report_survives_closed_standard_fds(void **state)
{
	(void)state;
	fake_put(fake, 0644, "content\n", "sys/file");
	check_closed(false);
}

static void the_roots_survive_closed_standard_fds(void **state)
{
	(void)state;
	fake_put(fake, 0644, "content\n", "sys/file");
	check_closed(true);
}

static int tell_pid_and_sleep(struct vprep_io *in, void *data,
			      struct vprep_error *ret_err)
{
	int fd = openat(in->root[VPREP_RUN], "pid.new", O_CREAT | O_WRONLY, 0600);

	(void)data, (void)ret_err;
	dprintf(fd, "%d\n", (int)getpid());
	renameat(in->root[VPREP_RUN], "pid.new", in->root[VPREP_RUN], "pid");
	sleep(60);
	return 0;
}

static void the_child_dies_with_its_parent(void **state)
{
	struct vprep_job j = { .run = tell_pid_and_sleep };
	struct vprep_jobs jobs = make_jobs(&j, 1, 1);
	_cleanup_free_ char *text = NULL;
	pid_t parent;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	parent = fork();
	if (parent == 0)
		_exit(vprep_jobs_run(io, &jobs) != 0);
	while (!fake_has(fake, "run/pid"))
		sleep_ms(5);
	text = fake_get(fake, "run/pid");
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	wait_for_end((pid_t)strtol(text, NULL, 10));
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

static int signal_self(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)data, (void)ret_err;
	kill(getpid(), SIGINT);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGHUP);
	return 0;
}

/* Ctrl-C goes to the whole foreground group; the parent decides what it means. */
static void the_child_ignores_terminal_signals(void **state)
{
	struct vprep_job j = { .run = signal_self };
	struct vprep_jobs jobs = make_jobs(&j, 1, 1);

	(void)state;
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
}

/* ---- start times ---- */

static void a_start_time_is_the_22nd_field(void **state)
{
	uint64_t start = 77;

	(void)state;
	fake_put(fake, 0444,
		 "12 (a) R 1) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0 0\n",
		 "proc/12/stat");
	assert_int_equal(vprep_process_start(io, 12, &start), 0);
	assert_int_equal(start, 4711);
}

static void what_is_no_process_has_no_start_time(void **state)
{
	static const char *const bad[] = {
		"",
		"12",
		"12 (a",
		"12 (a)",
		"12 (a) S 1 2",
		"12 (a) S 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 x 0"
	};
	uint64_t start = 77;
	size_t i;

	(void)state;
	assert_int_equal(vprep_process_start(io, 13, &start), -ESRCH);
	fake_put(fake, 0444,
		 "14 (a) Z 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0 0\n",
		 "proc/14/stat");
	assert_int_equal(vprep_process_start(io, 14, &start), -ESRCH);
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++) {
		fake_put(fake, 0444, bad[i], "proc/12/stat");
		assert_int_equal(vprep_process_start(io, 12, &start),
				 i < VPREP_ARRAY_SIZE(bad) - 1 ? -EIO : -EINVAL);
	}
	assert_int_equal(start, 77);
}

/* Its first thread has ended, and another one goes on. */
static void a_process_lives_as_long_as_its_last_thread(void **state)
{
	uint64_t start = 77;

	(void)state;
	fake_put(fake, 0444,
		 "15 (a) Z 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 2 0 4711 0 0 0\n",
		 "proc/15/stat");
	assert_int_equal(vprep_process_start(io, 15, &start), 0);
	assert_int_equal(start, 4711);
}

static int run_shell(const char *script, unsigned milliseconds)
{
	char shell[] = "sh", option[] = "-c", *text = strdup(script);
	char *argv[] = { shell, option, text, NULL };
	int r = vprep_child_detach(io, "/bin/sh", argv);

	free(text);
	return r < 0 ? r : vprep_child_wait_detached(io, milliseconds);
}

static void a_program_may_be_waited_for_all_the_same(void **state)
{
	(void)state;
	assert_int_equal(run_shell("sleep 0.1", 5000), 0);
	assert_int_equal(run_shell("exit 3", 5000), -EPROTO);
	assert_int_equal(run_shell("kill -9 $$", 5000), -EPROTO);
	assert_int_equal(run_shell("sleep 0.5", 50), -ETIMEDOUT);
	assert_int_equal(vprep_child_wait_detached(io, 5000), 0);
	/* nobody is waited for */
	assert_int_equal(vprep_child_wait_detached(io, 5000), -ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(the_child_inherits_no_fd),
		FAKE_TEST(the_child_has_no_output),
		FAKE_TEST(the_report_survives_closed_standard_fds),
		FAKE_TEST(the_roots_survive_closed_standard_fds),
		FAKE_TEST(the_child_dies_with_its_parent),
		FAKE_TEST(the_child_ignores_terminal_signals),
		FAKE_TEST(a_program_may_be_waited_for_all_the_same),
		FAKE_TEST(a_start_time_is_the_22nd_field),
		FAKE_TEST(what_is_no_process_has_no_start_time),
		FAKE_TEST(a_process_lives_as_long_as_its_last_thread),
	};

	return cmocka_run_group_tests_name("job-child", tests, NULL, NULL);
}
