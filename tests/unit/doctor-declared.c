// SPDX-License-Identifier: GPL-2.0-or-later
/* What the doctor says where driverctl and mdevctl disagree with what is declared. */
#include <string.h>

#include "doctor-test.h"
#include "tree.h"

#define VF "0000:05:10.1"
#define UUID "c2177883-f1bb-47f0-914d-32a22e3a8804"
#define CONF "etc/vfio-prep.d/lab.conf"
#define OVERRIDE "etc/driverctl.d/pci-" VF
#define BOUND "[device guests]\nmatch = class=02\nboot = bind\n"
#define MDEV "# ours\n[mdev " UUID "]\ntype = mtty-2\nparent = mtty\n"
#define TYPES "sys/devices/virtual/mtty/mtty/mdev_supported_types/"

static struct tree *host;

static int begin(void **state)
{
	(void)state;
	host = tree_new();
	tree_dir(host, "proc");
	tree_device(host, "bus/pci/devices", VF, "devices/pci0000:00");
	tree_file(host, "0x020000\n", "sys/devices/pci0000:00/" VF "/class");
	tree_file(host, "0x8086\n", "sys/devices/pci0000:00/" VF "/vendor");
	tree_file(host, "0x10ca\n", "sys/devices/pci0000:00/" VF "/device");
	tree_file(host, "vfio-pci\n", OVERRIDE);
	return 0;
}

static int end(void **state)
{
	(void)state;
	tree_free(host);
	return 0;
}

/* @sysroot: as the option. */
static char *diagnose(bool sysroot)
{
	const struct vprep_options options = { .sysroot = sysroot ? host->dir : NULL };
	struct vprep_session *session;
	struct vprep_io *io;

	if (sysroot) {
		assert_int_equal(vprep_session_new(&options, &session, NULL), 0);
	} else {
		assert_int_equal(
			vprep_io_new_at(host->dir, true, &vprep_io_kernel_ops, &io), 0);
		assert_int_equal(vprep_session_new_on(io, &options, &session, NULL), 0);
	}
	return doctor_say(session, "declared");
}

static void expect(const char *all)
{
	_cleanup_free_ char *live = diagnose(false), *captured = diagnose(true);

	assert_string_equal(live, all);
	assert_string_equal(captured, all);
}

static void declare(const char *text)
{
	tree_file(host, text, CONF);
}

static void define(const char *parent, const char *json)
{
	tree_file(host, json, "etc/mdevctl.d/%s/" UUID, parent);
}

static void where_nothing_is_declared_nothing_is_said(void **state)
{
	(void)state;
	expect("");
}

static void a_device_that_driverctl_binds_elsewhere_is_told(void **state)
{
	(void)state;
	declare(BOUND);
	expect("ok: 1 names, VFs of 0 PFs, 0 mediated devices, 0 vports; driverctl and mdevctl "
	       "say nothing else\n");
	tree_file(host, "igbvf\n", OVERRIDE);
	expect("warning: driverctl binds " VF " to igbvf (/" OVERRIDE "), and @guests in "
	       "/" CONF " declares a driver for guests for it ['driverctl "
	       "unset-override " VF "', or take boot = bind from [device guests] in "
	       "/" CONF "]\n");
	declare("[device guests]\nmatch = class=02\n");
	expect("ok: 1 names, VFs of 0 PFs, 0 mediated devices, 0 vports; driverctl and mdevctl "
	       "say nothing else\n");
}

static void another_driver_for_guests_is_another_driver(void **state)
{
	_cleanup_free_ char *said = NULL;

	(void)state;
	declare(BOUND "driver = igb-vfio-pci\n");
	said = diagnose(true);
	assert_non_null(strstr(said, "warning: driverctl binds " VF " to vfio-pci"));
	assert_non_null(strstr(said, "declares igb-vfio-pci for it"));
	tree_file(host, "igb-vfio-pci\n", OVERRIDE);
	free(said);
	said = diagnose(true);
	assert_non_null(strstr(said, "ok: "));
	declare(BOUND);
	tree_file(host, "none\n", OVERRIDE);
	free(said);
	said = diagnose(true);
	assert_non_null(strstr(said, "warning: driverctl binds " VF " to none"));
}

static void an_empty_override_is_none(void **state)
{
	_cleanup_free_ char *said = NULL;

	(void)state;
	declare(BOUND);
	tree_file(host, "\n", OVERRIDE);
	said = diagnose(true);
	assert_non_null(strstr(said, "ok: "));
}

static void an_mdev_of_another_type_or_parent_is_told(void **state)
{
	(void)state;
	declare(MDEV);
	define("mtty", "{\"mdev_type\":\"mtty-1\",\"start\":\"manual\"}");
	expect("warning: mdevctl has mdev " UUID " as a mtty-1 on mtty "
	       "(/etc/mdevctl.d/mtty/" UUID "), and /" CONF ", line 2 declares a mtty-2 "
	       "on mtty ['mdevctl undefine --uuid " UUID " --parent mtty', or take the "
	       "section from /" CONF "]\n");
	tree_remove(host, "etc/mdevctl.d");
	define("0000:06:00.1", "{\"mdev_type\":\"mtty-2\",\"start\":\"manual\"}");
	expect("warning: mdevctl has mdev " UUID " as a mtty-2 on 0000:06:00.1 "
	       "(/etc/mdevctl.d/0000:06:00.1/" UUID "), and /" CONF ", line 2 declares a "
	       "mtty-2 on mtty ['mdevctl undefine --uuid " UUID " --parent 0000:06:00.1'"
	       ", or take the section from /" CONF "]\n");
	declare("[mdev " UUID "]\ntype = mtty-2\nparent = pci_0000_06_00_1\n");
	expect("ok: 0 names, VFs of 0 PFs, 1 mediated devices, 0 vports; driverctl and mdevctl "
	       "say nothing else\n");
}

static void an_mdev_that_both_make_at_boot_is_told(void **state)
{
	(void)state;
	declare(MDEV);
	define("mtty", "{\"mdev_type\":\"mtty-2\",\"start\":\"auto\"}");
	expect("warning: mdev " UUID
	       " is made at boot by mdevctl (/etc/mdevctl.d/mtty/" UUID
	       ") and by apply (/" CONF ", line 2): who comes second fails or finds "
	       "it there [leave it to one: 'mdevctl modify --uuid " UUID " --manual', or "
	       "take the section from /" CONF "]\n");
	define("mtty", "{\"mdev_type\":\"mtty-2\",\"start\":\"manual\"}");
	expect("ok: 0 names, VFs of 0 PFs, 1 mediated devices, 0 vports; driverctl and mdevctl "
	       "say nothing else\n");
}

static void a_type_by_its_name_is_the_same(void **state)
{
	_cleanup_free_ char *said = NULL;

	(void)state;
	tree_device(host, "class/mdev_bus", "mtty", "devices/virtual/mtty");
	tree_file(host, "Dual port serial\n", TYPES "mtty-2/name");
	tree_file(host, "12\n", TYPES "mtty-2/available_instances");
	tree_file(host, "vfio-pci\n", TYPES "mtty-2/device_api");
	declare("[mdev " UUID "]\ntype = Dual port serial\n");
	define("mtty", "{\"mdev_type\":\"mtty-2\",\"start\":\"manual\"}");
	said = diagnose(true);
	assert_non_null(strstr(said, "ok: "));
}

static void a_malformed_file_is_a_problem(void **state)
{
	(void)state;
	declare("[mdev " UUID "]\nparent = mtty\n");
	expect("problem: /" CONF ": section [mdev " UUID "] has no type [mend it: until "
	       "then no declared name can be used, and apply does nothing]\n");
}

#define DOCTOR_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DOCTOR_TEST(where_nothing_is_declared_nothing_is_said),
		DOCTOR_TEST(a_device_that_driverctl_binds_elsewhere_is_told),
		DOCTOR_TEST(another_driver_for_guests_is_another_driver),
		DOCTOR_TEST(an_empty_override_is_none),
		DOCTOR_TEST(an_mdev_of_another_type_or_parent_is_told),
		DOCTOR_TEST(an_mdev_that_both_make_at_boot_is_told),
		DOCTOR_TEST(a_type_by_its_name_is_the_same),
		DOCTOR_TEST(a_malformed_file_is_a_problem),
	};

	return cmocka_run_group_tests_name("doctor-declared", tests, NULL, NULL);
}
