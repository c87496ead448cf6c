// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "in-use-fixture.h"

static void a_disk_that_nothing_uses_is_free(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, LINE("8:17", "/srv", "/dev/sdb1"), "proc/self/mountinfo");
	expect_free(f);
	assert_int_equal(f->n_claims, 3);
}

static void a_disk_behind_a_child_function_is_not_ours(void **state)
{
	struct fixture *f = *state;

	add_block(f, "sda", HERE "/0000:01:00.0/host0/block", "8:0");
	tree_file(f->tree, LINE("8:0", "/", "/dev/sda"), "proc/self/mountinfo");
	expect_free(f);
}

static void an_md_member_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "md0");
	add_block(f, "md0", VIRTUAL, "9:0");
	expect_use(f, "/dev/sda1 is part of RAID array /dev/md0", "mdadm --stop /dev/md0",
		   false);
}

static void a_mounted_partition_of_an_array_is_found(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "md0");
	add_block(f, "md0", VIRTUAL, "9:0");
	add_block(f, "md0p1", VIRTUAL "/md0", "259:9");
	tree_file(f->tree, LINE("259:9", "/srv", "/dev/md0p1"), "proc/self/mountinfo");
	expect_use(f, "/dev/md0p1 is mounted at /srv (on /dev/sda1)", "umount /srv",
		   false);
}

static void a_loop_device_on_a_partition_is_found(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_block(f, "loop0", VIRTUAL, "7:0");
	tree_file(f->tree, "/dev/disk/by-label/x\n",
		  "sys/" VIRTUAL "/loop0/loop/backing_file");
	tree_link(f->tree, "../../sda2", "dev/disk/by-label/x");
	expect_use(f, "/dev/sda2 is part of loop device /dev/loop0",
		   "losetup -d /dev/loop0", false);
}

/* Neither claims the device. */
static void a_disk_that_an_nvme_target_exports_is_in_use(void **state)
{
	static const char nvmet[] = "sys/kernel/config/nvmet/subsystems/nqn.x/namespaces";
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, "1\n", "%s/3/enable", nvmet);
	tree_file(f->tree, "/dev/disk/by-id/x\n", "%s/3/device_path", nvmet);
	tree_file(f->tree, "0\n", "%s/4/enable", nvmet);
	tree_file(f->tree, "/dev/sda2\n", "%s/4/device_path", nvmet);
	tree_link(f->tree, "../../sda", "dev/disk/by-id/x");
	expect_use(f,
		   "/dev/sda is exported to other hosts by NVMe target "
		   "nqn.x/namespaces/3",
		   "remove that with nvmetcli", false);
}

static void a_partition_that_a_scsi_target_has_as_a_file_is_in_use(void **state)
{
	static const char scsi[] = "sys/kernel/config/target/core";
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, "version\n", "%s/fileio_0/hba_info", scsi);
	tree_file(f->tree, "1\n", "%s/fileio_0/one/enable", scsi);
	tree_file(f->tree, "/srv/image\n", "%s/fileio_0/one/udev_path", scsi);
	tree_file(f->tree, "1\n", "%s/fileio_0/two/enable", scsi);
	tree_file(f->tree, "/dev/sda1\n", "%s/fileio_0/two/udev_path", scsi);
	expect_use(f,
		   "/dev/sda1 is exported to other hosts by SCSI target's fileio_0/two",
		   "remove that with targetcli", false);
}

static void a_holder_that_is_not_listed_is_still_told(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "odd0");
	expect_use(f, "/dev/sda1 is part of block device odd0", "stop odd0", false);
}

static void a_claim_that_nothing_explains_is_told_once(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	f->claimed = "sda2";
	expect_use(
		f,
		"/dev/sda2 is held by something else, such as ZFS or a mount in another "
		"namespace",
		"fuser -v /dev/sda2", false);
}

static void a_claim_beside_a_root_on_zfs_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	f->claimed = "sda2";
	tree_file(f->tree, "36 1 0:32 / / rw - zfs rpool/ROOT rw\n",
		  "proc/self/mountinfo");
	expect_use(
		f,
		"/dev/sda2 is held by something else, such as ZFS or a mount in another "
		"namespace",
		"fuser -v /dev/sda2", true);
}

static void a_captured_tree_has_no_nodes_to_open(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	f->claimed = "sda2";
	f->io->live = false;
	expect_free(f);
	assert_int_equal(f->n_claims, 0);
}

static void a_missing_node_is_no_use_and_an_io_error_travels(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	f->claim_result = -ENOENT;
	expect_free(f);
	f->claim_result = -EIO;
	assert_int_equal(fixture_ask(f), -EIO);
	f->claim_result = -ENOMEM;
	assert_int_equal(fixture_ask(f), -ENOMEM);
	assert_int_equal(f->uses.n, 0);
}

static void what_may_not_be_read_is_no_use_but_for_root(void **state)
{
	static const int denied[] = { -EACCES, -EPERM };
	struct fixture *f = *state;
	size_t i;

	add_disk(f);
	for (i = 0; i < sizeof(denied) / sizeof(*denied); i++) {
		f->claim_result = denied[i];
		f->unprivileged = true;
		expect_free(f);
		f->unprivileged = false;
		assert_int_equal(fixture_ask(f), denied[i]);
		assert_int_equal(f->uses.n, 0);
	}
}

static void a_failure_takes_back_what_was_appended(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, LINE("8:1", "/srv", "/dev/sda1"), "proc/self/mountinfo");
	f->claim_result = -EIO;
	assert_int_equal(fixture_ask(f), -EIO);
	assert_int_equal(f->uses.n, 0);
}

static void the_tables_are_read_once_a_scan(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, LINE("8:1", "/srv", "/dev/sda1"), "proc/self/mountinfo");
	assert_int_equal(fixture_ask(f), 0);
	tree_thaw(f->tree);
	tree_remove(f->tree, "proc/self");
	tree_remove(f->tree, "sys/class");
	assert_int_equal(fixture_ask_again(f), 0);
	assert_int_equal(f->uses.n, 2);
	assert_string_equal(f->uses.items[1].what, "/dev/sda1 is mounted at /srv");
}

static void holders_in_a_circle_end(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "dm-0");
	add_mapping(f, "dm-0", "254:0", "a", "");
	add_holder(f, "dm-0", "dm-1");
	add_mapping(f, "dm-1", "254:1", "b", "");
	add_holder(f, "dm-1", "dm-0");
	add_holder(f, "dm-1", "sda1");
	assert_int_equal(fixture_ask(f), 0);
	assert_true(f->uses.n > 0);
}

/* dm-0 to dm-59, each held by the next. */
static void add_tower(struct fixture *f)
{
	char name[16], above[16], number[16];
	int i;

	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "dm-%d", i);
		snprintf(above, sizeof(above), "dm-%d", i + 1);
		snprintf(number, sizeof(number), "254:%d", i);
		add_block(f, name, VIRTUAL, number);
		add_holder(f, name, above);
	}
}

static void a_stack_without_end_is_still_in_use(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "dm-0");
	add_tower(f);
	expect_use(f, "/dev/dm-22 is part of device-mapper device dm-23 (on /dev/sda1)",
		   "dmsetup remove dm-23", false);
}

static void what_another_device_explained_does_not_hide_a_use(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "dm-0");
	add_tower(f);
	add_block(f, "sdb", "devices/pci0000:00/0000:00:04.0/block", "8:16");
	add_holder(f, "sdb", "dm-20");
	f->device.address.slot = 4;
	assert_int_equal(fixture_ask(f), 0);
	assert_int_equal(f->uses.n, 1);
	f->device.address.slot = 3;
	assert_int_equal(fixture_ask_again(f), 0);
	assert_int_equal(f->uses.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(a_disk_that_nothing_uses_is_free),
		USE_TEST(a_disk_behind_a_child_function_is_not_ours),
		USE_TEST(an_md_member_is_in_use),
		USE_TEST(a_mounted_partition_of_an_array_is_found),
		USE_TEST(a_loop_device_on_a_partition_is_found),
		USE_TEST(a_disk_that_an_nvme_target_exports_is_in_use),
		USE_TEST(a_partition_that_a_scsi_target_has_as_a_file_is_in_use),
		USE_TEST(a_holder_that_is_not_listed_is_still_told),
		USE_TEST(a_claim_that_nothing_explains_is_told_once),
		USE_TEST(a_claim_beside_a_root_on_zfs_is_never_taken),
		USE_TEST(a_captured_tree_has_no_nodes_to_open),
		USE_TEST(a_missing_node_is_no_use_and_an_io_error_travels),
		USE_TEST(what_may_not_be_read_is_no_use_but_for_root),
		USE_TEST(a_failure_takes_back_what_was_appended),
		USE_TEST(the_tables_are_read_once_a_scan),
		USE_TEST(holders_in_a_circle_end),
		USE_TEST(a_stack_without_end_is_still_in_use),
		USE_TEST(what_another_device_explained_does_not_hide_a_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
