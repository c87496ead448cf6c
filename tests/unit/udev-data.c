// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include <errno.h>
#include <time.h>

#include "host/udev-data.h"
#include "tree.h"

#define DISK "devices/pci0000:00/block/sda"

struct udev {
	struct tree *tree;
	struct vprep_io *io;
	struct vprep_udev_data data;
};

static int setup(void **state)
{
	struct udev *u = calloc(1, sizeof(*u));

	assert_non_null(u);
	u->tree = tree_new();
	assert_int_equal(
		vprep_io_new_at(u->tree->dir, false, &vprep_io_kernel_ops, &u->io), 0);
	u->data = (struct vprep_udev_data){ .io = u->io,
					    .subsystem = "block",
					    .path = DISK };
	*state = u;
	return 0;
}

static int teardown(void **state)
{
	struct udev *u = *state;

	vprep_udev_data_done(&u->data);
	vprep_io_free(u->io);
	tree_free(u->tree);
	free(u);
	return 0;
}

static void empty_lines_cost_no_time(void **state)
{
	struct udev *u = *state;
	const unsigned times = 300;
	char text[64 * 1024 - 16];
	clock_t began = clock();
	unsigned i;

	memset(text, '\n', sizeof(text));
	memcpy(text, "DEVNAME=sda\n", 12);
	tree_bytes(u->tree, text, sizeof(text), "sys/" DISK "/uevent");
	for (i = 0; i < times; i++) {
		assert_string_equal(vprep_udev_kernel(&u->data, "DEVNAME"), "sda");
		free(u->data.uevent);
		u->data.uevent = NULL;
	}
	assert_true((clock() - began) / CLOCKS_PER_SEC < 2);
}

static void values_are_found_by_their_whole_key(void **state)
{
	struct udev *u = *state;

	tree_file(u->tree, "MAJOR=8\nMINOR=0\n\nDEVNAME=sda\nDEVTYPE=disk\nEMPTY=\n",
		  "sys/" DISK "/uevent");
	tree_file(u->tree,
		  "S:disk/by-id/b\nI:1\nE:ID_SERIAL=a=b c\nE:ID_TYPE=disk\nV:1\n",
		  "run/udev/data/b8:0");
	assert_string_equal(vprep_udev_kernel(&u->data, "DEVNAME"), "sda");
	assert_string_equal(vprep_udev_kernel(&u->data, "EMPTY"), "");
	assert_null(vprep_udev_kernel(&u->data, "DEV"));
	assert_null(vprep_udev_kernel(&u->data, "NAME"));
	assert_string_equal(vprep_udev_property(&u->data, "ID_SERIAL"), "a=b c");
	assert_null(vprep_udev_property(&u->data, "ID_SERIA"));
	assert_null(vprep_udev_property(&u->data, "DEVNAME"));
}

static void a_device_without_files_has_no_values(void **state)
{
	struct udev *u = *state;
	struct vprep_pool pool = { 0 };
	size_t n = 7;

	assert_null(vprep_udev_kernel(&u->data, "DEVNAME"));
	assert_null(vprep_udev_property(&u->data, "ID_SERIAL"));
	assert_non_null(vprep_udev_links(&u->data, &pool, &n));
	assert_int_equal(n, 0);
	vprep_pool_done(&pool);
}

/* udevd calls the file after the node, the interface, or the device's name. */
static void the_database_is_found(void **state)
{
	static const struct {
		const char *uevent, *subsystem, *file;
	} cases[] = {
		{ "MAJOR=8\nMINOR=0\n", "block", "b8:0" },
		{ "MAJOR=21\nMINOR=3\n", "scsi_generic", "c21:3" },
		{ "INTERFACE=eth0\nIFINDEX=2\n", "net", "n2" },
		{ "PCI_CLASS=20000\n", "pci", "+pci:sda" },
	};
	struct udev *u = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		vprep_udev_data_done(&u->data);
		u->data = (struct vprep_udev_data){ .io = u->io,
						    .path = DISK,
						    .subsystem = cases[i].subsystem };
		tree_file(u->tree, cases[i].uevent, "sys/" DISK "/uevent");
		tree_file(u->tree, "E:FILE=this\n", "run/udev/data/%s", cases[i].file);
		assert_string_equal(vprep_udev_property(&u->data, "FILE"), "this");
		tree_remove(u->tree, "run/udev/data");
	}
}

static void the_database_cannot_be_elsewhere(void **state)
{
	struct udev *u = *state;

	tree_file(u->tree, "MAJOR=8\nMINOR=0/../secret\n", "sys/" DISK "/uevent");
	tree_file(u->tree, "E:FILE=this\n", "run/udev/data/secret");
	tree_dir(u->tree, "run/udev/data/b8:0");
	assert_null(vprep_udev_property(&u->data, "FILE"));
}

static void links_are_sorted_and_printable(void **state)
{
	struct udev *u = *state;
	struct vprep_pool pool = { 0 };
	const char **links;
	size_t n = 0;

	tree_file(u->tree, "MAJOR=8\nMINOR=0\n", "sys/" DISK "/uevent");
	tree_file(u->tree, "S:disk/by-path/b\nE:S=x\nS:disk/by-id/\033[2J\xff\nS:a\n",
		  "run/udev/data/b8:0");
	links = vprep_udev_links(&u->data, &pool, &n);
	assert_int_equal(n, 3);
	assert_string_equal(links[0], "/dev/a");
	assert_string_equal(links[1], "/dev/disk/by-id/?[2J?");
	assert_string_equal(links[2], "/dev/disk/by-path/b");
	vprep_pool_done(&pool);
}

#define UDEV_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDEV_TEST(values_are_found_by_their_whole_key),
		UDEV_TEST(empty_lines_cost_no_time),
		UDEV_TEST(a_device_without_files_has_no_values),
		UDEV_TEST(the_database_is_found),
		UDEV_TEST(the_database_cannot_be_elsewhere),
		UDEV_TEST(links_are_sorted_and_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
