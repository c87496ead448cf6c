// SPDX-License-Identifier: GPL-2.0-or-later
/* A device below which there are network interfaces alone takes a look at its own
 * folders, and none at all disks, nodes and buses of the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "in-use-fixture.h"
#include "in-use/internal.h"

#define DOWN "0x1002\n"

static void add_user(struct fixture *f, const char *number, const char *name,
		     const char *devices)
{
	add_node(f, number, name, name, devices);
	tree_dir(f->tree, "proc/7/fd");
	tree_file(f->tree, "reader\n", "proc/7/comm");
}

static void interfaces_alone_are_found_in_its_own_folders(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", DOWN);
	tree_dir(f->tree, "sys/" HERE "/net/eth0/queues/rx-0");
	tree_dir(f->tree, "sys/" HERE "/net/eth0/statistics");
	tree_dir(f->tree, "sys/" HERE "/power");
	tree_dir(f->tree, "sys/" HERE "/msi_irqs");
	expect_free(f);
	assert_null(f->scan->indexes);
	assert_string_equal(f->scan->below.interfaces[0], "eth0");
}

static void names_come_from_there_too(void **state)
{
	_cleanup_strv_ char **names = NULL;
	struct fixture *f = *state;

	add_interface(f, "eth0", DOWN);
	expect_free(f);
	assert_int_equal(vprep_in_use_names(f->scan, &f->device, &names), 0);
	assert_string_equal(names[0], "eth0");
	assert_null(names[1]);
	assert_null(f->scan->indexes);
}

static void nothing_hangs_on_a_device_without_a_driver(void **state)
{
	struct fixture *f = *state;

	f->device.driver = NULL;
	add_interface(f, "eth0", DOWN); /* it has just gone */
	expect_free(f);
	assert_null(f->scan->indexes);
	assert_int_equal(f->scan->n_below, 0);
}

/* Whatever it is: only names that are known to be of attributes are left out. */
static void what_else_there_is_is_looked_for_in_all_of_the_host(void **state)
{
	static const char *const folders[] = { HERE "/sound", HERE "/net/eth0/wwan" };
	struct fixture *f = *state;
	size_t i;

	add_interface(f, "eth0", DOWN);
	for (i = 0; i < VPREP_ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *folder = vprep_strf("sys/%s", folders[i]);

		tree_thaw(f->tree);
		tree_dir(f->tree, "%s", folder);
		expect_free(f);
		assert_non_null(f->scan->indexes);
	}
}

static void a_node_below_an_interface_is_found(void **state)
{
	struct fixture *f = *state;

	add_interface(f, "eth0", DOWN);
	add_user(f, "243:0", "wwan0at0", HERE "/net/eth0/wwan");
	add_fd(f, 7, 3, "/dev/wwan0at0");
	assert_int_equal(fixture_ask(f), 0);
	assert_int_equal(f->uses.n, 1);
	assert_non_null(strstr(f->uses.items[0].what, "/dev/wwan0at0 open"));
}

static void of_many_devices_the_host_is_read_once(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	add_interface(f, "eth0", DOWN);
	expect_free(f);
	for (i = 0; i < 8; i++) {
		f->device.address.function = (uint8_t)(i % 8);
		f->device.address.slot = 4;
		assert_int_equal(fixture_ask_again(f), 0);
	}
	assert_non_null(f->scan->indexes);
	assert_int_equal(f->uses.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(interfaces_alone_are_found_in_its_own_folders),
		USE_TEST(names_come_from_there_too),
		USE_TEST(nothing_hangs_on_a_device_without_a_driver),
		USE_TEST(what_else_there_is_is_looked_for_in_all_of_the_host),
		USE_TEST(a_node_below_an_interface_is_found),
		USE_TEST(of_many_devices_the_host_is_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
