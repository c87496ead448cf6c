// SPDX-License-Identifier: GPL-2.0-or-later
/* A question that the kernel never answers is waited for once. */
#include <errno.h>
#include <sys/mman.h>

#include "io/ask-first.h"
#include "job-test.h"

/* How often something was asked, by any process. */
static unsigned *asked;

static void begin(void)
{
	asked = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(asked, MAP_FAILED);
}

static void end(unsigned wanted)
{
	assert_int_equal(*asked, wanted);
	munmap(asked, sizeof(*asked));
}

static int note(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)in;
	(void)data;
	(void)ret_err;
	++*asked;
	return 0;
}

static int hang(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	note(in, data, ret_err);
	sleep_ms(60 * 1000);
	return 0;
}

static int refuse(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	note(in, data, ret_err);
	return -ENODEV;
}

static int ask_within(struct vprep_io *in, void *data, struct vprep_error *ret_err)
{
	(void)ret_err;
	return vprep_io_ask_first(in, "net", "eth0", note, data);
}

static void it_is_asked_once_in_a_moment(void **state)
{
	(void)state;
	begin();
	assert_int_equal(vprep_io_ask_first(io, "net", "eth0", note, NULL), 0);
	assert_int_equal(vprep_io_ask_first(io, "net", "eth0", note, NULL), 0);
	assert_int_equal(*asked, 1);
	assert_int_equal(vprep_io_ask_first(io, "net", "eth1", refuse, NULL), 0);
	assert_int_equal(*asked, 2);
	sleep_ms(1100);
	assert_int_equal(vprep_io_ask_first(io, "net", "eth1", refuse, NULL), 0);
	end(3);
}

static void no_answer_is_waited_for_once(void **state)
{
	int64_t start = now_ms();

	(void)state;
	begin();
	assert_int_equal(vprep_io_ask_first(io, "net", "eth0", hang, NULL), -ETIMEDOUT);
	test_is_between(now_ms() - start, 4900, 8000);
	assert_int_equal(vprep_io_ask_first(io, "net", "eth1", hang, NULL), -ETIMEDOUT);
	assert_int_equal(*asked, 1);
	assert_int_equal(vprep_io_ask_first(io, "1-1", "serial", note, NULL), 0);
	assert_int_equal(vprep_io_ask_first(io, "net", "eth1", note, NULL), 0);
	end(3);
}

static void a_child_process_asks_itself(void **state)
{
	struct vprep_job job = { .run = ask_within };
	struct vprep_jobs jobs = make_jobs(&job, 1, 1);

	(void)state;
	begin();
	assert_int_equal(vprep_jobs_run(io, &jobs), 0);
	end(0);
}

static void a_captured_tree_is_not_asked(void **state)
{
	(void)state;
	begin();
	io->live = false;
	assert_int_equal(vprep_io_ask_first(io, "net", "eth0", note, NULL), 0);
	io->live = true;
	end(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_TEST(it_is_asked_once_in_a_moment),
		FAKE_TEST(no_answer_is_waited_for_once),
		FAKE_TEST(a_child_process_asks_itself),
		FAKE_TEST(a_captured_tree_is_not_asked),
	};

	return cmocka_run_group_tests_name("ask-first", tests, NULL, NULL);
}
