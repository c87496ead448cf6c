// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes below /sys and changes of files that fail: the command says so, and the host is
 * as it was; or it says that something is left, and recover puts it right.
 */
#include <errno.h>

#include "common/str.h"
#include "mutations.h"
#include "session-fixture.h"
#include "session/transaction.h"
#include "test.h"

#define POINTS_MAX 200

static const int errors[] = { EIO, EBUSY, ENOSPC };
static const char *names;

static int attach(struct host *h)
{
	return host_attach(h, names);
}

static int detach(struct host *h)
{
	return host_detach(h, names);
}

/* The error names the device, or at least says something. */
static void check_error(struct host *h, int r, unsigned nth)
{
	if (r >= 0 || h->err.code == VPREP_OK || !h->err.message[0])
		fail_msg("write %u: %d, code %u, '%s'", nth, r, h->err.code,
			 h->err.message);
}

/* A bind that says EBUSY is judged by what became of the device. */
static void fail_each_write_of_attach(struct host *h, const char *devices)
{
	unsigned n, nth;
	size_t e;

	names = devices;
	n = host_count_writes(h, attach);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
	for (e = 0; e < VPREP_ARRAY_SIZE(errors); e++)
		for (nth = 1; nth <= n; nth++) {
			fake_fail(h->fake, "*", nth, errors[e]);
			check_error(h, attach(h), nth);
			assert_int_not_equal(h->err.code, VPREP_E_LEFT);
			host_check_same(h);
			fake_clear_faults(h->fake);
		}
	assert_true(n >= 3);
}

static void a_failing_attach_of_one_device_is_rolled_back(void **state)
{
	fail_each_write_of_attach(*state, VF);
}

static void a_failing_attach_of_an_unbound_device_is_rolled_back(void **state)
{
	struct host *h = *state;

	fake_remove_pci(h->fake, NIC);
	fake_remove_pci(h->fake, SND);
	host_remember(h);
	names = FREE;
	fake_fail(h->fake, "*", 1, EIO);
	check_error(h, attach(h), 1);
	host_check_same(h);
	fake_clear_faults(h->fake);
	fake_fail(h->fake, "*", 2, EIO);
	check_error(h, attach(h), 2);
	host_check_same(h);
}

static void a_failing_attach_of_a_shared_group_is_rolled_back(void **state)
{
	fail_each_write_of_attach(*state, NIC " " FREE);
}

/* The rollback's own writes fail as well: the code says that something is left. */
static void a_failing_rollback_is_left_to_recover(void **state)
{
	struct host *h = *state;

	names = VF;
	fake_fail(h->fake, "*/vfio-pci/bind", 1, EIO);
	fake_fail(h->fake, "*/igbvf/bind", 1, EIO);
	assert_int_equal(attach(h), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_non_null(strstr(h->err.message, "rolled back"));
	assert_string_equal(host_owner_state(h, "manual"), "incomplete");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void a_failing_detach_is_left_to_recover(void **state)
{
	struct host *h = *state;
	unsigned n, nth;

	names = NIC " " FREE;
	assert_int_equal(attach(h), 0);
	n = host_count_writes(h, detach);
	for (nth = 1; nth <= n; nth++) {
		assert_int_equal(attach(h), 0);
		fake_fail(h->fake, "*", nth, EIO);
		check_error(h, detach(h), nth);
		assert_int_equal(h->err.code, VPREP_E_LEFT);
		fake_clear_faults(h->fake);
		assert_string_equal(host_owner_state(h, "manual"), "incomplete");
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_same(h);
	}
	assert_true(n >= 8);
}

static void a_killed_child_counts_as_a_failed_write(void **state)
{
	struct host *h = *state;
	unsigned nth;

	names = VF;
	for (nth = 1; nth <= 3; nth++) {
		fake_die(h->fake, "*", nth, nth % 2 ? FAKE_DIE_AFTER : FAKE_DIE_BEFORE);
		check_error(h, attach(h), nth);
		fake_clear_faults(h->fake);
		host_check_same(h);
	}
}

/* ---- files ---- */

static bool fail_a_change(struct host *h, host_work work, unsigned nth, int all)
{
	int r;

	mutations_fail(nth, ENOSPC, all);
	r = work(h);
	if (mutations_stop() < nth)
		return false;
	if (r < 0)
		check_error(h, r, nth);
	if (r < 0 && h->err.code != VPREP_E_LEFT && !all && work == attach &&
	    !host_is_same(h)) {
		print_error("change %u: %s\n", nth, h->err.message);
		host_check_same(h);
	}
	return true;
}

static void fail_each_change(struct host *h, host_work work, int all)
{
	bool failed = true;
	unsigned nth;

	for (nth = 1; failed; nth++) {
		assert_true(nth < POINTS_MAX);
		if (work == detach)
			assert_int_equal(attach(h), 0);
		failed = fail_a_change(h, work, nth, all);
		if (host_recover(h, NULL) < 0)
			fail_msg("change %u: %s", nth, h->err.message);
		if (!host_is_same(h))
			host_detach(h, NULL); /* it had succeeded */
		if (!host_is_same(h))
			print_error("after change %u:\n", nth);
		host_check_same(h);
	}
	assert_true(nth > 5);
}

static void a_full_disk_in_an_attach_leaves_nothing(void **state)
{
	names = VF;
	fail_each_change(*state, attach, 0);
}

static void a_disk_that_stays_full_leaves_it_to_recover(void **state)
{
	names = VF;
	fail_each_change(*state, attach, 1);
}

static void a_full_disk_in_a_detach_is_left_to_recover(void **state)
{
	names = VF;
	fail_each_change(*state, detach, 0);
}

static int prepare(struct host *h)
{
	return host_prepare(h, "<hostdev mode='subsystem' type='pci'><source><address "
			       "bus='5' slot='0x10' function='1'/></source></hostdev>");
}

/* A process of the domain that was adopted, and is gone. */
static void be_dead(struct host *h)
{
	struct vprep_transaction t;

	assert_int_equal(
		vprep_transaction_begin(h->session, DOMAIN, NULL, 2, &t, &h->err), 0);
	assert_int_equal(vprep_journal_set_process(t.locked, t.journal, 4711, 1), 0);
	assert_int_equal(vprep_transaction_end(&t, 0, &h->err), 0);
}

/* It holds devices still, which recover would take for a dead one's. */
static void a_start_that_cannot_be_noted_is_left_to_recover(void **state)
{
	struct host *h = *state;
	bool failed = true;
	unsigned nth;

	for (nth = 1; failed; nth++) {
		int r;

		assert_true(nth < POINTS_MAX);
		assert_int_equal(prepare(h), 0);
		be_dead(h);
		mutations_fail(nth, ENOSPC, 0);
		r = prepare(h);
		failed = mutations_stop() >= nth;
		if (r < 0 && h->err.code != VPREP_E_LEFT &&
		    !strstr(h->err.message, "nothing was changed"))
			fail_msg("change %u: %s", nth, h->err.message);
		assert_int_equal(host_recover(h, NULL), 0);
		if (r == 0)
			assert_string_equal(host_owner_state(h, DOMAIN), "held");
		if (!host_is_same(h))
			assert_int_equal(host_release(h, "web1", NULL), 0);
		host_check_same(h);
	}
	assert_true(nth > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_failing_attach_of_one_device_is_rolled_back),
		HOST_TEST(a_failing_attach_of_an_unbound_device_is_rolled_back),
		HOST_TEST(a_failing_attach_of_a_shared_group_is_rolled_back),
		HOST_TEST(a_failing_rollback_is_left_to_recover),
		HOST_TEST(a_failing_detach_is_left_to_recover),
		HOST_TEST(a_killed_child_counts_as_a_failed_write),
		HOST_TEST(a_full_disk_in_an_attach_leaves_nothing),
		HOST_TEST(a_disk_that_stays_full_leaves_it_to_recover),
		HOST_TEST(a_full_disk_in_a_detach_is_left_to_recover),
		HOST_TEST(a_start_that_cannot_be_noted_is_left_to_recover),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
