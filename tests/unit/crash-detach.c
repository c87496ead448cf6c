// SPDX-License-Identifier: GPL-2.0-or-later
/* A detach or recover that is killed anywhere is finished by the next recover. */
#include <errno.h>

#include "common/str.h"
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

static void a_killed_recover_of_a_failed_detach_is_finished(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_be_left, crash_recover);
}

static void a_killed_detach_of_what_is_left_is_finished(void **state)
{
	crash_names = VF " " VF2;
	crash_everywhere(*state, crash_be_left, crash_detach);
}

/* Refused, or done once what was left is back. */
static void a_killed_attach_of_what_is_left_is_undone(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_be_left, crash_attach);
}

/* ---- damaged journals ---- */

#define DAMAGED OWNERS "zz.jsonl"

static void hold_damaged(struct host *h)
{
	_cleanup_free_ char *text = NULL, *whole = NULL;

	assert_int_equal(host_ask(h, SND, (struct vprep_request){ .owner = "zz" }), 0);
	text = fake_get(h->fake, DAMAGED);
	strchr(text, '\n')[30] ^= 1; /* its second line: a claim */
	whole = vprep_strf("%s\n", text);
	fake_put(h->fake, 0600, whole, DAMAGED);
	assert_string_equal(host_owner_state(h, "zz"), "corrupt");
}

static int salvage(struct host *h)
{
	struct vprep_recovery *recovery = NULL;
	int r = vprep_salvage(h->session, "zz", false, &recovery, &h->err);

	vprep_recovery_free(recovery);
	return r;
}

static void end_damaged(struct host *h)
{
	if (fake_has(h->fake, DAMAGED) && salvage(h) < 0)
		fail_msg("%s", h->err.message);
	assert_true(fake_has(h->fake, "run/vfio-prep/salvaged/zz.jsonl"));
	fake_remove(h->fake, "run/vfio-prep/salvaged");
	assert_int_equal(host_recover(h, NULL), 0); /* and the folder, when it is empty */
}

static void a_damaged_journal_beside_it_changes_nothing(void **state)
{
	struct host *h = *state;

	hold_damaged(h);
	host_remember(h);
	crash_names = VF;
	crash_everywhere(h, crash_nothing, crash_attach);
	crash_everywhere(h, crash_be_attached, crash_detach);
	crash_everywhere(h, crash_be_left, crash_recover);
	end_damaged(h);
}

static void a_killed_salvage_is_finished_by_the_next(void **state)
{
	struct host *h = *state;
	bool killed = true;
	unsigned nth;

	host_configure(h, "parallel = 1\n");
	for (nth = 1; killed; nth++) {
		hold_damaged(h);
		killed = crash_at_change(h, salvage, nth);
		end_damaged(h);
		if (!host_is_same(h))
			print_error("after change %u:\n", nth);
		host_check_same(h);
	}
	assert_true(nth > 5);
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
		HOST_TEST(a_killed_recover_of_a_failed_detach_is_finished),
		HOST_TEST(a_killed_detach_of_what_is_left_is_finished),
		HOST_TEST(a_killed_attach_of_what_is_left_is_undone),
		HOST_TEST(a_damaged_journal_beside_it_changes_nothing),
		HOST_TEST(a_killed_salvage_is_finished_by_the_next),
	};

	return cmocka_run_group_tests_name("crash-detach", tests, NULL, NULL);
}
