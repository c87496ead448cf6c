// SPDX-License-Identifier: GPL-2.0-or-later
/* What jobs answer, how long they may take and how many run at once. */
#include "job-test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "common/error.h"
#include "common/str.h"

/* ---- work ---- */

static int succeed(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)data;
	snprintf(ret_err->message, sizeof(ret_err->message), "text of pid %d",
		 (int)getpid());
	return 0;
}

static int refuse(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in;
	return vprep_error_set(ret_err, VPREP_E_IN_USE, EBUSY, "0000:05:10.1",
			       "%s is busy", (const char *)data);
}

static int crash(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)data, (void)ret_err;
	kill(getpid(), SIGKILL); /* cmocka catches the others */
	return 0;
}

static int leave(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)data, (void)ret_err;
	_exit(0);
}

static int sleep_long(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)data, (void)ret_err;
	sleep(60);
	return 0;
}

static int sleep_short(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)ret_err;
	sleep_ms((unsigned)(uintptr_t)data);
	return 0;
}

/* ---- results ---- */

static void no_jobs_are_a_success(void **state)
{
	struct vprep_jobs jobs = { 0 };

	(void)state;
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
}

static void results_and_text_come_back(void **state)
{
	struct vprep_job j[] = { { .run = succeed },
				 { .run = refuse, .data = (char *)"it" },
				 { .run = refuse, .data = (char *)"that" },
				 { .run = succeed } };
	struct vprep_jobs jobs = make_jobs(j, 4, 2);
	char text[64];

	(void)state;
	assert_int_equal(vprep_jobs_run(io, &jobs),
			 -EBUSY); /* a failure stops no other */
	assert_true(j[0].finished && j[1].finished && j[2].finished && j[3].finished);
	assert_int_equal(j[3].result, 0);
	snprintf(text, sizeof(text), "text of pid %d", (int)j[3].pid);
	assert_string_equal(j[3].err.message, text);
	assert_int_equal(j[1].result, -EBUSY);
	assert_int_equal(j[1].err.code, VPREP_E_IN_USE);
	assert_int_equal(j[1].err.number, EBUSY);
	assert_string_equal(j[1].err.device, "0000:05:10.1");
	assert_string_equal(j[1].err.message, "it is busy");
	assert_string_equal(j[2].err.message, "that is busy");
}

static void a_child_that_ends_without_a_report_failed(void **state)
{
	struct vprep_job j[] = { { .run = crash }, { .run = leave } };
	struct vprep_jobs jobs = make_jobs(j, 2, 1);

	(void)state;
	assert_int_equal(vprep_jobs_run(io, &jobs), -EIO);
	assert_int_equal(j[0].result, -EIO);
	assert_non_null(strstr(j[0].err.message, "signal 9"));
	assert_int_equal(j[1].result, -EIO);
	assert_non_null(strstr(j[1].err.message, "status 0"));
}

/* As where a control group allows few processes. */
static void where_no_more_children_can_be_had_those_there_are_do_all(void **state)
{
	struct vprep_job j[] = { { .run = succeed },
				 { .run = succeed },
				 { .run = succeed },
				 { .run = succeed } };
	struct vprep_jobs jobs = make_jobs(j, 4, 4);
	struct rlimit before, few;
	int fds[2], r;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)fds[1] + 1; /* one pair of sockets, and half of another */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = vprep_jobs_run(io, &jobs);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(r, 0);
	assert_true(j[0].finished && j[1].finished && j[2].finished && j[3].finished);
	assert_int_equal(j[3].pid, j[0].pid);
}

struct seen {
	size_t n;
	struct vprep_job *order[8];
	size_t stop_at;
};

static int note(struct vprep_job *job, void *data)
{
	struct seen *seen = data;

	assert_true(job->finished);
	seen->order[seen->n++] = job;
	return seen->n == seen->stop_at ? -1 : 0;
}

static volatile size_t *n_ended; /* shared with the children */

static int end_after(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)ret_err;
	while (*n_ended < (uintptr_t)data)
		sleep_ms(1);
	return 0;
}

static int note_and_count(struct vprep_job *job, void *data)
{
	int r = note(job, data);

	*n_ended = ((struct seen *)data)->n;
	return r;
}

static void done_is_called_in_the_order_of_ending(void **state)
{
	struct vprep_job j[] = { { .run = end_after, .data = (void *)2 },
				 { .run = end_after, .data = (void *)1 },
				 { .run = end_after, .data = (void *)0 } };
	struct vprep_jobs jobs = make_jobs(j, 3, 3);
	struct seen seen = { 0 };

	(void)state;
	n_ended = mmap(NULL, sizeof(*n_ended), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(n_ended, MAP_FAILED);
	jobs.done = note_and_count;
	jobs.data = &seen;
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
	munmap((void *)n_ended, sizeof(*n_ended));
	assert_int_equal(seen.n, 3);
	assert_ptr_equal(seen.order[0], &j[2]);
	assert_ptr_equal(seen.order[1], &j[1]);
	assert_ptr_equal(seen.order[2], &j[0]);
}

static void a_negative_done_starts_nothing_more(void **state)
{
	struct vprep_job j[] = { { .run = succeed },
				 { .run = sleep_short, .data = (void *)300 },
				 { .run = succeed },
				 { .run = succeed } };
	struct vprep_jobs jobs = make_jobs(j, 4, 2);
	struct seen seen = { .stop_at = 1 };

	(void)state;
	jobs.done = note;
	jobs.data = &seen;
	assert_int_equal(vprep_jobs_run(io, &jobs), -ECANCELED);
	assert_true(j[0].finished);
	assert_true(j[1].finished); /* what runs is waited for */
	assert_int_equal(j[1].result, 0);
	assert_false(j[2].finished);
	assert_false(j[3].finished);
}

static bool answer_flag(void *data)
{
	return *(bool *)data;
}

static int raise_flag(struct vprep_job *job, void *data)
{
	(void)job;
	*(bool *)data = true;
	return 0;
}

static void an_interruption_starts_nothing_more(void **state)
{
	struct vprep_job j[] = { { .run = succeed },
				 { .run = sleep_short, .data = (void *)300 },
				 { .run = sleep_short, .data = (void *)300 },
				 { .run = succeed } };
	struct vprep_jobs jobs = make_jobs(j, 4, 2);
	bool flag = false;

	(void)state;
	jobs.done = raise_flag;
	jobs.data = &flag;
	jobs.interrupted = answer_flag;
	jobs.interrupted_data = &flag;
	assert_int_equal(vprep_jobs_run(io, &jobs), -ECANCELED);
	assert_true(j[1].finished);
	assert_false(j[3].finished);
}

static void an_interruption_before_the_start_starts_nothing(void **state)
{
	struct vprep_job j = { .run = succeed };
	struct vprep_jobs jobs = make_jobs(&j, 1, 1);
	bool flag = true;

	(void)state;
	jobs.interrupted = answer_flag;
	jobs.interrupted_data = &flag;
	assert_int_equal(vprep_jobs_run(io, &jobs), -ECANCELED);
	assert_false(j.finished);
}

/* ---- deadlines: I3 ---- */

static void the_deadline_kills(void **state)
{
	struct vprep_job j[] = { { .run = sleep_long, .deadline = 1 },
				 { .run = succeed } };
	struct vprep_jobs jobs = make_jobs(j, 2, 1);
	int64_t start = now_ms();

	(void)state;
	assert_int_equal(vprep_jobs_run(io, &jobs), -ETIMEDOUT);
	test_is_between(now_ms() - start, 900, 3000);
	assert_int_equal(j[0].result, -ETIMEDOUT);
	assert_false(j[0].stuck);
	assert_int_equal(j[0].err.number, ETIMEDOUT);
	assert_int_equal(kill(j[0].pid, 0), -1); /* reaped, too */
	assert_true(j[1].finished);
	assert_int_equal(j[1].result, 0);
}

static int unbind(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)ret_err;
	return vprep_io_write(in, data, "bus/pci/devices/%s/driver/unbind", (char *)data);
}

static void add_held_device(const char *address)
{
	fake_add_pci(fake, &(struct fake_pci){ .address = address,
					       .class_code = 0x020000,
					       .vendor = 0x8086,
					       .device = 0x10ca,
					       .group = 7,
					       .driver = "vfio-pci" });
	fake_hold(fake, address);
}

static void a_child_that_cannot_die_is_stuck_and_left(void **state)
{
	static char address[] = "0000:05:10.1";
	struct vprep_job j[] = { { .run = unbind, .data = address, .deadline = 1 },
				 { .run = succeed } };
	struct vprep_jobs jobs = make_jobs(j, 2, 2);
	uint64_t start = 0;

	(void)state;
	fake_add_vfio_pci(fake, true);
	add_held_device(address);
	assert_int_equal(vprep_jobs_run(io, &jobs), -ETIMEDOUT);
	assert_true(j[0].finished);
	assert_true(j[0].stuck);
	assert_int_equal(vprep_process_start(io, j[0].pid, &start), 0);
	assert_true(start > 0 && j[0].pid_start == start);
	assert_int_equal(j[1].result, 0);
	assert_false(j[1].stuck);
	fake_release(fake, address);
	wait_for_end(j[0].pid);
	assert_false(fake_has(fake, "dev/vfio/7"));
}

/* A serial job that is stuck still runs: its driver may not bear another beside it. */
static void nothing_serial_starts_beside_a_stuck_one(void **state)
{
	static char address[] = "0000:05:10.1";
	struct vprep_job j[] = {
		{ .run = unbind, .data = address, .deadline = 1, .serial = true },
		{ .run = succeed, .serial = true }
	};
	struct vprep_jobs jobs = make_jobs(j, 2, 2);
	bool ran;

	(void)state;
	fake_add_vfio_pci(fake, true);
	add_held_device(address);
	vprep_jobs_run(io, &jobs);
	ran = j[1].finished && j[1].result == 0;
	fake_release(fake, address);
	wait_for_end(j[0].pid);
	assert_true(j[0].stuck);
	assert_false(ran);
}

/* ---- how many at once ---- */

static int alone(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	int fd = vprep_io_open(in, VPREP_RUN, O_RDONLY, "alone");

	(void)data, (void)ret_err;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	sleep_ms(30);
	return 0;
}

static int tell_pid(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in, (void)data;
	snprintf(ret_err->message, sizeof(ret_err->message), "%d", (int)getpid());
	return 0;
}

static void one_child_does_many_jobs(void **state)
{
	struct vprep_job j[20] = { { 0 } };
	struct vprep_jobs jobs;
	size_t i;

	(void)state;
	for (i = 0; i < 20; i++)
		j[i].run = tell_pid;
	jobs = make_jobs(j, 20, 1);
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
	for (i = 0; i < 20; i++)
		assert_string_equal(j[i].err.message, j[0].err.message);
}

static int end_or_tell_pid(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	if (data)
		_exit(7);
	return tell_pid(in, data, ret_err);
}

static void a_child_that_ended_is_replaced(void **state)
{
	struct vprep_job j[4] = { { 0 } };
	struct vprep_jobs jobs;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		j[i].run = end_or_tell_pid;
	j[1].data = j;
	jobs = make_jobs(j, 4, 1);
	assert_int_equal(vprep_jobs_run(io, &jobs), -EIO);
	assert_int_equal(j[0].result, 0);
	assert_string_equal(j[2].err.message, j[3].err.message);
	assert_string_not_equal(j[2].err.message, j[0].err.message);
}

static void serial_jobs_never_overlap(void **state)
{
	struct vprep_job j[6] = { { 0 } };
	struct vprep_jobs jobs;
	size_t i;

	(void)state;
	fake_put(fake, 0644, "", "run/alone");
	for (i = 0; i < 6; i++)
		j[i] = (struct vprep_job){ .run = alone, .serial = true };
	jobs = make_jobs(j, 6, 6);
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
}

static int count_active(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	_cleanup_strv_ char **active = NULL;
	int fd, r;

	(void)data;
	fd = openat(in->root[VPREP_RUN], "active", O_PATH);
	snprintf(ret_err->message, sizeof(ret_err->message), "%d", (int)getpid());
	close(openat(fd, ret_err->message, O_CREAT | O_WRONLY, 0600));
	sleep_ms(100);
	r = vprep_io_list(in, VPREP_RUN, &active, "active");
	unlinkat(fd, ret_err->message, 0);
	snprintf(ret_err->message, sizeof(ret_err->message), "%zu",
		 vprep_strv_len(active));
	return r;
}

static unsigned most_active(unsigned parallel)
{
	struct vprep_job j[8] = { { 0 } };
	struct vprep_jobs jobs;
	unsigned most = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		j[i].run = count_active;
	jobs = make_jobs(j, 8, parallel);
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
	for (i = 0; i < 8; i++) {
		unsigned n = (unsigned)strtoul(j[i].err.message, NULL, 10);

		most = n > most ? n : most;
	}
	return most;
}

static void no_more_than_parallel_run_at_once(void **state)
{
	(void)state;
	fake_mkdir(fake, "run/active");
	assert_int_equal(most_active(3), 3);
	assert_int_equal(most_active(1), 1);
	assert_int_equal(most_active(0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(no_jobs_are_a_success),
		FAKE_TEST(results_and_text_come_back),
		FAKE_TEST(a_child_that_ends_without_a_report_failed),
		FAKE_TEST(where_no_more_children_can_be_had_those_there_are_do_all),
		FAKE_TEST(done_is_called_in_the_order_of_ending),
		FAKE_TEST(a_negative_done_starts_nothing_more),
		FAKE_TEST(an_interruption_starts_nothing_more),
		FAKE_TEST(an_interruption_before_the_start_starts_nothing),
		FAKE_TEST(the_deadline_kills),
		FAKE_TEST(a_child_that_cannot_die_is_stuck_and_left),
		FAKE_TEST(nothing_serial_starts_beside_a_stuck_one),
		FAKE_TEST(one_child_does_many_jobs),
		FAKE_TEST(a_child_that_ended_is_replaced),
		FAKE_TEST(serial_jobs_never_overlap),
		FAKE_TEST(no_more_than_parallel_run_at_once),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
