// SPDX-License-Identifier: GPL-2.0-or-later
/* A detach or recover that is killed anywhere is finished by the next recover. */
#include "crash-fixture.h"
#include "test.h"

static void a_killed_detach_of_one_device_is_finished(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_be_attached, crash_detach);
}

static void a_killed_detach_of_two_groups_is_finished(void **state)
{
	crash_names = VF " " VF2;
	crash_everywhere(*state, crash_be_attached, crash_detach);
}

static void a_killed_recover_is_finished_by_the_next(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_be_half_detached, crash_recover);
}

/* A placeholder stays while another device of the group is held. */
static int detach_first(struct host *h)
{
	return host_detach(h, NIC);
}

static void a_killed_partial_detach_leaves_the_rest_usable(void **state)
{
	struct host *h = *state;
	bool killed = true;
	unsigned nth;

	crash_names = NIC " " FREE;
	for (nth = 1; killed; nth++) {
		crash_be_attached(h);
		killed = crash_at_change(h, detach_first, nth);
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_driver(h, NIC, "vfio-pci");
		host_check_driver(h, FREE, "vfio-pci");
		assert_string_equal(host_owner_state(h, "manual"), "held");
		assert_int_equal(host_detach(h, NULL), 0);
		host_check_same(h);
	}
	assert_true(nth > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_killed_detach_of_one_device_is_finished),
		HOST_TEST(a_killed_detach_of_two_groups_is_finished),
		HOST_TEST(a_killed_recover_is_finished_by_the_next),
		HOST_TEST(a_killed_partial_detach_leaves_the_rest_usable),
	};

	return cmocka_run_group_tests_name("crash-detach", tests, NULL, NULL);
}
