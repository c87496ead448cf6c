// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command is killed while a child of it is in a system call, which the kernel finishes
 * after the command's end: recover does not judge what is about to change.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "test.h"
#include "vf-fixture.h"

#define POINTS_MAX 40

/* True: it was killed. What is left of its children goes on. */
static bool is_killed(struct host *h, host_work work)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(work(h) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

static size_t log_length(struct host *h)
{
	_cleanup_free_ char *log = fake_log(h->fake);

	return strlen(log);
}

/* Recovers at once; then nothing comes any more. */
static void check_recovered(struct host *h, unsigned nth)
{
	size_t length;

	if (host_recover(h, NULL) < 0)
		fail_msg("point %u: %s", nth, h->err.message);
	length = log_length(h);
	vprep_sleep_ms(FAKE_LATE_MS + FAKE_LATE_MS / 2);
	if (log_length(h) != length)
		fail_msg("point %u: recover did not wait for the last write", nth);
	if (!host_is_same(h))
		print_error("after point %u:\n", nth);
	host_check_same(h);
}

static void kill_late_everywhere(struct host *h, host_work work, host_work back)
{
	bool killed = true;
	unsigned nth;

	host_configure(h, "parallel = 1\n");
	for (nth = 1; killed; nth++) {
		assert_true(nth < POINTS_MAX);
		fake_die(h->fake, "*", nth, FAKE_ORPHAN_LATE);
		killed = is_killed(h, work);
		fake_clear_faults(h->fake);
		if (!killed && back(h) < 0)
			fail_msg("point %u: %s", nth, h->err.message);
		check_recovered(h, nth);
	}
	assert_true(nth > 2);
}

static int attach(struct host *h)
{
	return host_attach(h, VF);
}

static int detach(struct host *h)
{
	return host_detach(h, NULL);
}

static void an_attach_ends_in_the_kernel(void **state)
{
	kill_late_everywhere(*state, attach, detach);
}

static void a_detach_ends_in_the_kernel(void **state)
{
	struct host *h = *state;
	bool killed = true;
	unsigned nth;

	for (nth = 1; killed; nth++) {
		assert_true(nth < POINTS_MAX);
		assert_int_equal(attach(h), 0);
		fake_die(h->fake, "*", nth, FAKE_ORPHAN_LATE);
		killed = is_killed(h, detach);
		fake_clear_faults(h->fake);
		check_recovered(h, nth);
	}
	assert_true(nth > 2);
}

static int five(struct host *h)
{
	return vf_numvfs(h, 5);
}

static int two(struct host *h)
{
	return vf_numvfs(h, 2);
}

static void a_number_of_vfs_ends_in_the_kernel(void **state)
{
	kill_late_everywhere(*state, five, two);
}

static int prepare(struct host *h)
{
	return host_prepare(h, "<interface type='hostdev'><mac address='" MAC
			       "'/><source><address type='pci' bus='8' slot='0x10' "
			       "function='0'/></source></interface>");
}

static int release(struct host *h)
{
	return host_release(h, "web1", NULL);
}

static void a_mac_address_ends_in_the_kernel(void **state)
{
	kill_late_everywhere(*state, prepare, release);
}

/* The next command of the same owner waits, too. */
static void the_owners_next_command_waits(void **state)
{
	struct host *h = *state;

	fake_die(h->fake, "*/unbind", 1, FAKE_ORPHAN_LATE);
	assert_true(is_killed(h, attach));
	fake_clear_faults(h->fake);
	if (attach(h) < 0)
		fail_msg("%s", h->err.message);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(detach(h), 0);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(an_attach_ends_in_the_kernel),
		HOST_TEST(a_detach_ends_in_the_kernel),
		VF_TEST(a_number_of_vfs_ends_in_the_kernel),
		VF_TEST(a_mac_address_ends_in_the_kernel),
		HOST_TEST(the_owners_next_command_waits),
	};

	return cmocka_run_group_tests_name("late", tests, NULL, NULL);
}
