// SPDX-License-Identifier: GPL-2.0-or-later
/* The host as it is declared: what differs, what is done about it, and the way back. */
#include <errno.h>
#include <string.h>

#include "apply-fixture.h"
#include "common/array.h"
#include "common/str.h"
#include "host/sriov.h"
#include "journal/owners.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define BOUND "[device guests]\nmatch = address=" VF "\nboot = bind\n"
#define SEVEN "[vfs " PF "]\ncount = 7\nautoprobe = no\n"

/* ---- drivers ---- */

static void a_device_is_bound_and_stays_so(void **state)
{
	struct host *h = *state;

	apply_begin(h, BOUND);
	apply_check_differs(
		h, VF, "on igbvf; declared to be on a driver for guests (@guests in ");
	host_check_driver(h, VF, "igbvf");
	apply_must(h);
	host_check_driver(h, VF, "vfio-pci");
	assert_true(host_is_node(h, "vfio/7", 0, 0, 0600)); /* nobody's */
	apply_undeclare(h);
}

static void an_owner_takes_it_as_it_is_and_gives_it_back_so(void **state)
{
	struct host *h = *state;

	apply_begin(h, BOUND);
	apply_must(h);
	assert_int_equal(host_attach(h, "@guests"), 0);
	assert_true(host_is_given(h, "vfio/7"));
	apply_must(h);
	assert_true(host_is_given(h, "vfio/7"));
	/* what somebody has does not go */
	apply_declare(h, "");
	assert_int_equal(apply_now(h), -EBUSY);
	assert_non_null(strstr(h->err.message, VF " belongs to owner 'manual'"));
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_true(host_is_node(h, "vfio/7", 0, 0, 0600));
	apply_undeclare(h);
}

static void what_an_owner_has_is_left_alone(void **state)
{
	struct host *h = *state;
	size_t n;

	apply_begin(h, "[device guests]\nmatch = address=" VF "\nboot = bind\n"
		       "driver = other-vfio\n");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(apply_with(h, true, &n), 0);
	assert_int_equal(n, 0);
	apply_must(h);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_detach(h, VF), 0);
	apply_must(h);
	host_check_driver(h, VF, "other-vfio");
	apply_undeclare(h);
}

static void check_fix(struct host *h, const char *fix)
{
	struct vprep_status *status;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_string_equal(status->owners[0].id, VPREP_OWNER_DECLARED);
	assert_true(status->owners[0].changed);
	assert_string_equal(status->owners[0].host[0].fix, fix);
	vprep_status_free(status);
}

static void what_somebody_changed_is_made_so_again(void **state)
{
	struct host *h = *state;

	apply_begin(h, BOUND);
	apply_must(h);
	assert_int_equal(
		vprep_io_write(h->session->io, VF, "bus/pci/drivers/vfio-pci/unbind"), 0);
	assert_int_equal(vprep_io_write(h->session->io, "\n",
					"bus/pci/devices/" VF "/driver_override"),
			 0);
	assert_int_equal(vprep_io_write(h->session->io, VF, "bus/pci/drivers/igbvf/bind"),
			 0);
	apply_check_differs(h, VF, "on igbvf; declared");
	check_fix(h, "vfio-prep apply");
	apply_must(h);
	host_check_driver(h, VF, "vfio-pci");
	apply_undeclare(h);
}

static void what_is_in_use_is_not_taken(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[device x]\nmatch = address=" LONE "\nboot = bind\n" BOUND);
	assert_true(apply_now(h) < 0);
	assert_non_null(strstr(h->err.message, LONE));
	host_check_same(h); /* nor the other one */
	apply_declare(h, "");
}

/* ---- VFs ---- */

static void a_card_has_as_many_vfs_as_declared(void **state)
{
	struct host *h = *state;

	apply_begin(h, SEVEN "vf.6.mac = " MAC "\nvf.6.vlan = 42\n"
			     "[device guests]\nmatch = pf=" PF " mac=" MAC
			     "\nboot = bind\n");
	apply_check_differs(h, PF, "2 VFs; declared 7 (");
	/* the device to bind is known by the address that is set on the way */
	apply_must(h);
	vf_check(h, 6, MAC " 42 0 8100");
	host_check_driver(h, "0000:08:11.4", "vfio-pci");
	host_check_driver(h, VF0, NULL);
	apply_undeclare(h);
}

static void of_two_numbers_for_a_card_the_first_one_counts(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[device card]\nmatch = address=" PF "\n[vfs @card]\ncount = 3\n"
		       "[vfs " PF "]\ncount = 5\n");
	assert_int_equal(apply_now(h), -ENODEV);
	assert_non_null(strstr(h->err.message, PF ": [vfs " PF "] in /etc/"));
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 3);
	apply_check_differs(h, PF, "declares its VFs once more");
	apply_undeclare(h);
}

/* A second card was plugged in: which of them is meant nobody knows, and they stay. */
static void vfs_of_a_card_that_is_not_the_only_one_stay(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[device card]\nmatch = device=10c9\n[vfs @card]\ncount = 5\n"
		       "vf.1.vlan = 7\n");
	apply_must(h);
	fake_add_pci(h->fake, &(struct fake_pci){ "0000:09:00.0", 0x020000, 0x8086,
						  0x10c9, .group = 40, .totalvfs = 7,
						  .vf_device = 0x10ca });
	assert_int_equal(apply_now(h), -ENODEV);
	assert_non_null(strstr(h->err.message, "this host has none, or several"));
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 5);
	vf_check(h, 1, "00:00:00:00:00:00 7 0 8100");
	apply_declare(h, "");
	apply_must(h);
	host_leaves(h, "0000:09:00.0 " VFS);
}

static void vfs_of_owners_stay(void **state)
{
	struct host *h = *state;

	apply_begin(h, SEVEN);
	apply_must(h);
	assert_int_equal(host_attach(h, VF1), 0);
	apply_declare(h, "[vfs " PF "]\ncount = 3\n");
	assert_int_equal(apply_now(h), -EBUSY);
	assert_non_null(strstr(h->err.message, VF1 " belongs to owner 'manual'"));
	apply_declare(h, "");
	assert_int_equal(apply_now(h), -EBUSY);
	assert_int_equal(host_detach(h, VF1), 0);
	apply_undeclare(h);
}

static void a_number_that_is_an_owners_is_left_alone(void **state)
{
	static const char xml[] =
		"<domain type='kvm'><name>web1</name><uuid>" DOMAIN "</uuid><metadata>"
		"<vp:prepare xmlns:vp='urn:vfio-prep:1'><vp:vfs pf='" PF
		"' count='4'/></vp:prepare></metadata><devices/></domain>";
	struct host *h = *state;

	apply_begin(h, "[vfs " PF "]\ncount = 3\n" BOUND);
	apply_must(h);
	if (host_prepare_xml(h, xml) < 0)
		fail_msg("%s", h->err.message);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 4);
	apply_must(h);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 4);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 3);
	apply_must(h);
	apply_undeclare(h);
}

static void a_card_that_is_an_owners_is_left_alone(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[vfs " PF "]\ncount = 2\n");
	assert_int_equal(vf_numvfs(h, 0), 0);
	if (host_attach(h, PF) < 0)
		fail_msg("%s", h->err.message);
	apply_must(h);
	host_check_driver(h, PF, "vfio-pci");
	assert_int_equal(host_detach(h, PF), 0);
	apply_must(h);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 2);
	apply_declare(h, "");
}

static void a_number_that_changes_in_the_file_changes(void **state)
{
	struct host *h = *state;

	apply_begin(h, SEVEN);
	apply_must(h);
	apply_declare(h, "[vfs " PF "]\ncount = 3\nautoprobe = no\n");
	apply_must(h);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 3);
	apply_undeclare(h);
}

/* They are still declared to be bound, and are so again if they are made again. */
static void vfs_that_are_bound_go_with_their_number(void **state)
{
	static const char guests[] = "[device guests]\nmatch = pf=" PF "\ncount = 2\n"
				     "boot = bind\n";
	_cleanup_free_ char *seven = vprep_strf(SEVEN "%s", guests);
	_cleanup_free_ char *three =
		vprep_strf("[vfs " PF "]\ncount = 3\nautoprobe = no\n%s", guests);
	struct host *h = *state;

	apply_begin(h, seven);
	apply_must(h);
	host_check_driver(h, VF1, "vfio-pci");
	apply_declare(h, three);
	apply_must(h);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 3);
	host_check_driver(h, VF1, "vfio-pci");
	apply_declare(h, guests);
	apply_must(h);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 2);
	apply_undeclare(h);
}

static void a_vf_with_its_driver_gets_its_address(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[vfs " PF "]\ncount = 2\nvf.1.mac = " MAC "\n");
	apply_check_differs(h, VF1, "declared " MAC);
	apply_must(h);
	vf_check(h, 1, MAC " 0 0 8100");
	host_check_driver(h, VF1, "igbvf");
	apply_undeclare(h);
}

static void what_the_host_lacks_is_said_and_keeps_nothing_else(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[vfs 0000:99:00.0]\ncount = 1\n" BOUND);
	assert_int_equal(apply_now(h), -ENODEV);
	assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
	assert_non_null(strstr(h->err.message, "0000:99:00.0: this host has none"));
	host_check_driver(h, VF, "vfio-pci");
	apply_undeclare(h);
}

static void what_is_wrong_is_refused_with_its_line(void **state)
{
	static const char *const wrong[] = {
		"[vfs " PF "]\n",
		"[vfs " PF "]\ncount = 2\nvf.2.mac = " MAC "\n",
		"[vfs " PF "]\ncount = 2\nvf.1.mac = 01:00:00:00:00:01\n",
		"[vfs " PF "]\ncount = 2\nvf.1.vlan = 4095\n",
		"[vfs " PF "]\ncount = 2\nvf.x.vlan = 1\n",
		"[vfs " PF "]\ncount = 2\nvf.1.nosuch = 1\n",
		"[vfs " PF "]\ncount = 2\nautoprobe = maybe\n",
		"[vfs @nosuch]\ncount = 2\n",
		"[vfs " PF "]\ncount = 2\n[vfs " PF "]\ncount = 3\n",
		"[mdev 1234]\ntype = x\n",
		"[mdev " UUID "]\nparent = mtty\n",
		"[device x]\nmatch = class=02\nboot = maybe\n",
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(wrong); i++) {
		apply_begin(h, wrong[i]);
		if (apply_now(h) != -EINVAL || !strstr(h->err.message, "test.conf"))
			fail_msg("'%s': %s", wrong[i], h->err.message);
		host_check_same(h);
	}
	apply_declare(h, "");
}

/* ---- mediated devices ---- */

static void a_mediated_device_is_made(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[mdev " UUID "]\ntype = mtty-2\nparent = mtty\n");
	apply_check_differs(h, MDEV, "it is not there; declared a mtty-2 on mtty");
	apply_must(h);
	assert_int_equal(mdev_left(h, "mtty-2"), 1);
	assert_int_equal(host_attach(h, MDEV), 0);
	apply_declare(h, "");
	assert_int_equal(apply_now(h), -EBUSY);
	assert_int_equal(host_detach(h, MDEV), 0);
	assert_int_equal(mdev_left(h, "mtty-2"), 1);
	apply_undeclare(h);
	assert_int_equal(mdev_left(h, "mtty-2"), 2);
}

static void a_parent_may_have_its_name_as_a_node_device(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[mdev " UUID "]\ntype = nvidia-11\nparent = pci_0000_06_00_1\n");
	apply_must(h);
	apply_undeclare(h);
}

static void one_of_another_type_is_not_touched(void **state)
{
	struct host *h = *state;

	mdev_make(h, "mtty-1", UUID);
	apply_begin(h, "[mdev " UUID "]\ntype = mtty-2\n");
	assert_int_equal(apply_now(h), -ENODEV);
	assert_non_null(strstr(h->err.message, "remove it first"));
	host_check_same(h);
	apply_declare(h, "");
}

static void removing_one_leaves_the_rest_as_declared(void **state)
{
	struct host *h = *state;

	apply_begin(h, "[mdev " UUID "]\ntype = mtty-2\n[mdev " UUID2
		       "]\ntype = mtty-2\n" BOUND);
	apply_must(h);
	assert_int_equal(mdev_left(h, "mtty-2"), 0);
	if (mdev_remove(h, UUID) < 0)
		fail_msg("%s", h->err.message);
	assert_int_equal(mdev_left(h, "mtty-2"), 1);
	host_check_driver(h, VF, "vfio-pci");
	apply_check_differs(h, MDEV, "it is not there");
	apply_must(h);
	apply_undeclare(h);
}

/* ---- when it goes wrong ---- */

static void a_write_that_fails_rolls_all_back(void **state)
{
	struct host *h = *state;
	unsigned n, nth;

	apply_begin(h, SEVEN "vf.0.mac = " MAC "\n" BOUND);
	n = host_count_writes(h, apply_now);
	apply_undeclare(h);
	assert_true(n > 3);
	for (nth = 1; nth <= n; nth++) {
		apply_declare(h, SEVEN "vf.0.mac = " MAC "\n" BOUND);
		fake_fail(h->fake, "*", nth, EIO);
		if (apply_now(h) == 0)
			apply_must(h);
		fake_clear_faults(h->fake);
		if (!host_is_same(h))
			apply_undeclare(h);
		host_check_same(h);
	}
	apply_declare(h, "");
}

static void what_was_killed_is_put_right_by_recover_or_apply(void **state)
{
	struct host *h = *state;
	bool killed = true;
	unsigned nth;

	apply_begin(h, SEVEN "vf.0.mac = " MAC "\n" BOUND);
	for (nth = 1; killed; nth++) {
		assert_true(nth < 100);
		apply_declare(h, SEVEN "vf.0.mac = " MAC "\n" BOUND);
		fake_die(h->fake, "*", nth, FAKE_ORPHAN_AFTER);
		killed = host_is_killed(h, apply_now);
		fake_clear_faults(h->fake);
		if (killed && nth % 2 == 0) {
			if (host_recover(h, NULL) < 0)
				fail_msg("%u: %s", nth, h->err.message);
			host_check_same(h);
		}
		if (apply_now(h) < 0)
			fail_msg("%u: %s", nth, h->err.message);
		apply_must(h);
		apply_undeclare(h);
	}
	assert_true(nth > 3);
}

static int apply_all(struct host *h)
{
	return apply_now(h);
}

/* A child that works for apply, wherever something goes back, or apply with it. */
static void killed_while_giving_back_recover_goes_on(void **state)
{
	static const enum fake_death ways[] = { FAKE_DIE_BEFORE, FAKE_DIE_AFTER,
						FAKE_ORPHAN_BEFORE, FAKE_ORPHAN_AFTER };
	struct host *h = *state;
	unsigned nth;
	size_t i;

	apply_begin(h, "");
	for (i = 0; i < VPREP_ARRAY_SIZE(ways); i++)
		for (nth = 1; nth < 8; nth++) {
			apply_declare(h, BOUND "[mdev " UUID "]\ntype = mtty-2\n");
			apply_must(h);
			apply_declare(h, "");
			fake_die(h->fake, "*", nth, ways[i]);
			host_is_killed(h, apply_all);
			fake_clear_faults(h->fake);
			if (host_recover(h, NULL) < 0)
				fail_msg("%u: %s", nth, h->err.message);
			if (!host_is_same(h))
				print_error("way %zu, write %u\n", i, nth);
			host_check_same(h);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MDEV_TEST(killed_while_giving_back_recover_goes_on),
		VF_TEST(a_device_is_bound_and_stays_so),
		VF_TEST(an_owner_takes_it_as_it_is_and_gives_it_back_so),
		VF_TEST(what_an_owner_has_is_left_alone),
		VF_TEST(what_somebody_changed_is_made_so_again),
		VF_TEST(what_is_in_use_is_not_taken),
		VFS_TEST(a_card_has_as_many_vfs_as_declared),
		VFS_TEST(of_two_numbers_for_a_card_the_first_one_counts),
		VFS_TEST(vfs_of_a_card_that_is_not_the_only_one_stay),
		VFS_TEST(vfs_of_owners_stay),
		VF_TEST(a_number_that_is_an_owners_is_left_alone),
		VFS_TEST(a_card_that_is_an_owners_is_left_alone),
		VFS_TEST(a_number_that_changes_in_the_file_changes),
		VFS_TEST(vfs_that_are_bound_go_with_their_number),
		VF_TEST(a_vf_with_its_driver_gets_its_address),
		VF_TEST(what_the_host_lacks_is_said_and_keeps_nothing_else),
		VF_TEST(what_is_wrong_is_refused_with_its_line),
		MDEV_TEST(a_mediated_device_is_made),
		MDEV_TEST(a_parent_may_have_its_name_as_a_node_device),
		MDEV_TEST(one_of_another_type_is_not_touched),
		MDEV_TEST(removing_one_leaves_the_rest_as_declared),
		VFS_TEST(a_write_that_fails_rolls_all_back),
		VFS_TEST(what_was_killed_is_put_right_by_recover_or_apply),
	};

	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
