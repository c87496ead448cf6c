// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An attach that is killed anywhere, then recover: the host is as it was before. Every
 * write below /sys, and every change of a file.
 */
#include <errno.h>

#include "crash-fixture.h"
#include "test.h"

static void a_killed_attach_of_one_device_is_undone(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_nothing, crash_attach);
}

static void a_killed_attach_of_a_shared_group_is_undone(void **state)
{
	crash_names = NIC " " FREE;
	crash_everywhere(*state, crash_nothing, crash_attach);
}

/* The next attach of the same owner does what recover would. */
static void an_attach_repairs_what_its_owner_left(void **state)
{
	struct host *h = *state;
	unsigned nth;

	crash_names = VF;
	for (nth = 1; nth <= 3; nth++) {
		fake_die(h->fake, "*", nth, FAKE_ORPHAN_AFTER);
		assert_true(host_is_killed(h, crash_attach));
		fake_clear_faults(h->fake);
		assert_string_equal(host_owner_state(h, "manual"), "incomplete");
		if (host_attach(h, VF) < 0)
			fail_msg("%s", h->err.message);
		host_check_driver(h, VF, "vfio-pci");
		assert_string_equal(host_owner_state(h, "manual"), "held");
		assert_int_equal(host_detach(h, VF), 0);
		host_check_same(h);
	}
}

/* Another owner's crash is not repaired on the way: it is named. */
static void an_attach_by_another_owner_names_the_interrupted_one(void **state)
{
	struct host *h = *state;

	crash_names = VF;
	fake_die(h->fake, "*", 2, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, crash_attach));
	fake_clear_faults(h->fake);
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "web1" }),
			 -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "interrupted"));
	assert_non_null(strstr(h->err.message, "vfio-prep recover"));
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* It was on vfio-pci before: its node stays, and nothing but files and the node change. */
static void crash_with_a_node(struct host *h, void (*prepare)(struct host *),
			      host_work work)
{
	bool killed = true;
	unsigned nth;

	crash_names = VF;
	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10ca,
						  .group = 7, .driver = "vfio-pci" });
	host_remember(h);
	for (nth = 1; killed; nth++) {
		prepare(h);
		killed = crash_at_change(h, work, nth);
		assert_int_equal(host_recover(h, NULL), 0);
		if (*host_owner_state(h, "manual"))
			assert_int_equal(host_detach(h, NULL), 0);
		if (!host_is_same(h))
			print_error("after change %u:\n", nth);
		host_check_same(h);
	}
	assert_true(nth > 5);
}

static void a_node_that_was_there_is_given_back_after_an_attach(void **state)
{
	crash_with_a_node(*state, crash_nothing, crash_attach);
}

static void a_node_that_was_there_is_given_back_after_a_detach(void **state)
{
	crash_with_a_node(*state, crash_be_attached, crash_detach);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_killed_attach_of_one_device_is_undone),
		HOST_TEST(a_killed_attach_of_a_shared_group_is_undone),
		HOST_TEST(a_node_that_was_there_is_given_back_after_an_attach),
		HOST_TEST(a_node_that_was_there_is_given_back_after_a_detach),
		HOST_TEST(an_attach_repairs_what_its_owner_left),
		HOST_TEST(an_attach_by_another_owner_names_the_interrupted_one),
	};

	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
