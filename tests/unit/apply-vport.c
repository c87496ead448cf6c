// SPDX-License-Identifier: GPL-2.0-or-later
/* Virtual ports of fibre channel hosts that are declared: made by apply, by create
 * --boot, exported, and given back. */
#include <errno.h>
#include <string.h>

#include "apply-fixture.h"
#include "common/array.h"
#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"

#define WWPN "10000000c9831234"
#define WWNN "20000000c9831234"
#define NAME "vport_" WWPN
#define HOST3 "0000000000000023:0000000000000013"
#define SECTION "[vport " WWPN ":" WWNN "]\n"
#define SECOND "[vport 10000000c9831235:" WWNN "]\n"
#define ON_HOST3 "sys/class/fc_vports/vport-3:0-0"
#define ON_HOST12 "sys/class/fc_vports/vport-12:0-0"
#define OWN "etc/vfio-prep.d/vport-" WWPN ".conf"
#define XML                                                                              \
	"<device><parent>scsi_host3</parent><capability type='scsi_host'><capability "   \
	"type='fc_host'><wwnn>" WWNN "</wwnn><wwpn>" WWPN                                \
	"</wwpn></capability></capability></device>"

#define VPORT_TEST(fn) cmocka_unit_test_setup_teardown(fn, mdev_fc_setup, host_teardown)

static void remove_by_hand(struct host *h)
{
	assert_int_equal(vprep_io_write(h->session->io, WWPN ":" WWNN,
					"class/fc_host/host3/vport_delete"),
			 0);
}

/* ---- apply ---- */

static void one_is_made_where_it_is_declared(void **state)
{
	static const struct {
		const char *keys, *made;
	} cases[] = {
		{ "", ON_HOST3 },
		{ "parent = scsi_host12\n", ON_HOST12 },
		{ "parent = host3\nboot = yes\n", ON_HOST3 },
		{ "parent = 0000000000000022:0000000000000012\n", ON_HOST12 },
		{ "fabric = 0000000000000005\n", ON_HOST12 },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = vprep_strf(SECTION "%s", cases[i].keys);

		apply_begin(h, text);
		apply_check_differs(h, NAME, "it is not there; declared " WWPN ":" WWNN);
		apply_must(h);
		assert_true(fake_has(h->fake, "%s", cases[i].made));
		apply_undeclare(h);
	}
}

static void two_find_room_on_two_hosts(void **state)
{
	struct host *h = *state;

	apply_begin(h, SECTION SECOND "[vport 10000000c9831236:" WWNN "]\n");
	apply_must(h);
	assert_true(fake_has(h->fake, ON_HOST12)); /* host3 has room for two */
	apply_undeclare(h);
}

static void one_without_a_host_keeps_nothing_else(void **state)
{
	struct host *h = *state;

	apply_begin(h, SECTION "[vport 10000000c9831235:" WWNN "]\nparent = host1\n");
	assert_int_equal(apply_now(h), -ENODEV);
	assert_non_null(strstr(h->err.message,
			       "no such host makes vports; declared "
			       "10000000c9831235:" WWNN " on scsi_host1"));
	assert_true(fake_has(h->fake, ON_HOST3));
	apply_undeclare(h);
}

static void all_are_made_or_none(void **state)
{
	struct host *h = *state;

	apply_begin(h, SECTION "parent = host12\n" SECOND "parent = host12\n");
	assert_int_equal(apply_now(h), -ENOSPC); /* it has room for one */
	host_check_same(h);
	apply_declare(h, "");
}

static void one_that_goes_is_made_again(void **state)
{
	struct host *h = *state;

	apply_begin(h, SECTION);
	apply_must(h);
	remove_by_hand(h);
	apply_check_differs(h, NAME, "it is not there");
	apply_must(h);
	assert_true(fake_has(h->fake, "sys/class/fc_vports"));
	apply_undeclare(h);
}

static void one_elsewhere_is_left_and_told(void **state)
{
	struct host *h = *state;

	apply_begin(h, SECTION "parent = host3\n");
	apply_must(h);
	apply_declare(h, SECTION "parent = host12\n");
	assert_int_equal(apply_now(h), -ENODEV);
	assert_non_null(strstr(h->err.message, "it is on scsi_host3; declared " WWPN
					       ":" WWNN " on scsi_host12"));
	assert_true(fake_has(h->fake, ON_HOST3));
	apply_undeclare(h);
}

static void without_boot_none_is_made_and_none_removed(void **state)
{
	struct host *h = *state;
	size_t n;

	apply_begin(h, SECTION "boot = no\n[mdev " UUID "]\ntype = mtty-2\nboot = no\n");
	assert_int_equal(apply_with(h, true, &n), 0);
	assert_int_equal(n, 0);
	apply_must(h);
	assert_false(fake_has(h->fake, ON_HOST3) || fake_has(h->fake, MDEV_DIR));
	apply_declare(h, SECTION "[mdev " UUID "]\ntype = mtty-2\n");
	apply_must(h);
	apply_declare(h,
		      SECTION "boot = no\n[mdev " UUID "]\ntype = mtty-2\nboot = no\n");
	apply_must(h);
	assert_true(fake_has(h->fake, ON_HOST3) && fake_has(h->fake, MDEV_DIR));
	apply_undeclare(h);
}

static void what_is_malformed_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[vport " WWPN "]\n", "test.conf:1: unknown section" },
		{ "[vport " WWPN ":0000000000000000]\n", "test.conf:1: unknown section" },
		{ SECTION "parent = eth0\n", "test.conf:2" },
		{ SECTION "parent = host\n", "a host as scsi_host3, or its WWPN:WWNN" },
		{ SECTION "fabric = 5\n", "a WWN of 16 hexadecimal digits" },
		{ SECTION "boot = perhaps\n", "yes or no" },
		{ SECTION "type = x\n", "test.conf:2: unknown key 'type'" },
		{ SECTION "parent = host3\nfabric = 0000000000000005\n",
		  "has a parent and a fabric" },
		{ SECTION SECTION, "there is a section of that WWPN already" },
	};
	struct host *h = *state;
	size_t i;

	apply_begin(h, "");
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		apply_declare(h, cases[i].text);
		assert_true(apply_with(h, true, NULL) < 0);
		if (!strstr(h->err.message, cases[i].says))
			fail_msg("%s", h->err.message);
	}
	apply_declare(h, "");
	host_check_same(h);
}

static void what_is_exported_is_as_it_is(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct host *h = *state;

	apply_begin(h, SECTION "parent = host3\n");
	apply_must(h);
	apply_exported(h, &text);
	assert_non_null(strstr(text, SECTION "parent = " HOST3 "\n"));
	apply_undeclare(h);
}

static int apply_again(struct host *h)
{
	return apply_now(h);
}

static void killed_at_any_write_apply_goes_on(void **state)
{
	static const enum fake_death ways[] = { FAKE_ORPHAN_BEFORE, FAKE_ORPHAN_AFTER,
						FAKE_DIE_BEFORE, FAKE_DIE_AFTER };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(ways); i++) {
		apply_begin(h, SECTION);
		fake_die(h->fake, "*/vport_create", 1, ways[i]);
		assert_true(host_is_killed(h, apply_again) ||
			    ways[i] == FAKE_DIE_BEFORE || ways[i] == FAKE_DIE_AFTER);
		fake_clear_faults(h->fake);
		apply_must(h);
		assert_true(fake_has(h->fake, ON_HOST3) || fake_has(h->fake, ON_HOST12));
		apply_undeclare(h);
	}
}

/* ---- create and destroy ---- */

static int create(struct host *h, char **ret)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_create_declared(h->session, XML, strlen(XML), ret,
						 &h->err);
}

static int destroy_declared(struct host *h, const char *name)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_destroy_declared(h->session, name, &h->err);
}

static void one_is_created_and_declared_and_both_go(void **state)
{
	_cleanup_free_ char *made = NULL, *text = NULL;
	struct host *h = *state;

	fake_mkdir(h->fake, "etc/vfio-prep.d");
	host_remember(h);
	if (create(h, &made) < 0)
		fail_msg("%s", h->err.message);
	assert_int_equal(strncmp(made, "scsi_host", 9), 0);
	text = fake_get(h->fake, OWN);
	assert_non_null(strstr(text, SECTION "parent = " HOST3));
	apply_must(h);
	assert_int_equal(create(h, &made), -EEXIST);
	mdev_check_error(h, VPREP_E_REFUSED,
			 "vport " WWPN ":" WWNN
			 " is declared already, in /etc/vfio-prep.d/");
	if (destroy_declared(h, made) < 0)
		fail_msg("%s", h->err.message);
	host_check_same(h);
	apply_must(h);
	host_check_same(h);
}

static void one_that_is_lost_is_undeclared_by_its_own_name(void **state)
{
	_cleanup_free_ char *made = NULL;
	struct host *h = *state;

	fake_mkdir(h->fake, "etc/vfio-prep.d");
	host_remember(h);
	assert_int_equal(create(h, &made), 0);
	remove_by_hand(h);
	if (destroy_declared(h, NAME) < 0)
		fail_msg("%s", h->err.message);
	host_check_same(h);
	assert_int_equal(destroy_declared(h, NAME), -ENOENT);
	mdev_check_error(h, VPREP_E_REFUSED, NAME " is not declared");
}

static void without_boot_it_is_made_again_by_apply(void **state)
{
	_cleanup_free_ char *made = NULL;
	struct host *h = *state;

	fake_mkdir(h->fake, "etc/vfio-prep.d");
	host_remember(h);
	assert_int_equal(create(h, &made), 0);
	if (vprep_node_device_destroy(h->session, made, &h->err) < 0)
		fail_msg("%s", h->err.message);
	assert_false(fake_has(h->fake, ON_HOST3));
	apply_must(h);
	assert_true(fake_has(h->fake, "sys/class/fc_vports"));
	assert_int_equal(destroy_declared(h, NAME), 0);
	host_check_same(h);
}

static void what_an_administrator_declared_stays(void **state)
{
	struct host *h = *state;

	apply_begin(h, SECTION "parent = host3\n");
	apply_must(h);
	assert_int_equal(destroy_declared(h, NAME), -EPERM);
	mdev_check_error(h, VPREP_E_REFUSED, "which vfio-prep did not write");
	assert_true(fake_has(h->fake, ON_HOST3));
	apply_undeclare(h);
	assert_int_equal(destroy_declared(h, "scsi_host3"), -EPERM);
	mdev_check_error(h, VPREP_E_REFUSED, "scsi_host3 is not a vport");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VPORT_TEST(one_is_made_where_it_is_declared),
		VPORT_TEST(two_find_room_on_two_hosts),
		VPORT_TEST(one_without_a_host_keeps_nothing_else),
		VPORT_TEST(all_are_made_or_none),
		VPORT_TEST(one_that_goes_is_made_again),
		VPORT_TEST(one_elsewhere_is_left_and_told),
		VPORT_TEST(without_boot_none_is_made_and_none_removed),
		VPORT_TEST(what_is_malformed_is_refused),
		VPORT_TEST(what_is_exported_is_as_it_is),
		VPORT_TEST(killed_at_any_write_apply_goes_on),
		VPORT_TEST(one_is_created_and_declared_and_both_go),
		VPORT_TEST(one_that_is_lost_is_undeclared_by_its_own_name),
		VPORT_TEST(without_boot_it_is_made_again_by_apply),
		VPORT_TEST(what_an_administrator_declared_stays),
	};

	return cmocka_run_group_tests_name("apply-vport", tests, NULL, NULL);
}
