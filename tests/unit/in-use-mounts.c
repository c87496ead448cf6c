// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "in-use-fixture.h"

#define SWAPS "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static void a_mounted_partition_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, LINE("8:1", "/srv/my\\040disk", "/dev/sda1"),
		  "proc/self/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at /srv/my disk", "umount '/srv/my disk'",
		   false);
}

static void a_mount_that_only_the_first_process_sees_counts(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, LINE("0:5", "/tmp", "tmpfs"), "proc/self/mountinfo");
	tree_file(f->tree, LINE("8:0", "/srv", "/dev/sda"), "proc/1/mountinfo");
	expect_use(f, "/dev/sda is mounted at /srv", "umount /srv", false);
}

static void a_mount_in_both_tables_is_counted_once(void **state)
{
	static const char table[] =
		LINE("8:1", "/srv", "/dev/sda1") LINE("8:1", "/export", "/dev/sda1");
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, table, "proc/self/mountinfo");
	tree_file(f->tree, table, "proc/1/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at /export (1 more)", "umount /export",
		   false);
}

static void the_root_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree,
		  LINE("8:1", "/data", "/dev/sda1") LINE("8:1", "/", "/dev/root"),
		  "proc/self/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at / (the root file system, 1 more)",
		   "the host runs from it: choose another device", true);
}

static void the_disk_of_an_image_that_is_the_root_is_never_taken(void **state)
{
	static const char table[] =
		"20 1 0:30 / / ro - overlay composefs ro,"
		"lowerdir+=/run/ostree/.private/cfsroot-lower,"
		"datadir+=/sysroot/ostree/repo/objects,redirect_dir=on\n" LINE(
			"0:24", "/run", "tmpfs") LINE("8:1", "/sysroot", "/dev/sda1");
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, table, "proc/self/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at /sysroot (the root file system)",
		   "the host runs from it: choose another device", true);
}

static void a_disk_below_an_overlay_root_is_never_taken(void **state)
{
	static const char table[] =
		"20 1 0:30 / / rw - overlay overlayroot rw,lowerdir=/media/b:/media/ro,"
		"upperdir=/media/rw/up,workdir=/media/rw/work\n" LINE("8:1", "/media/ro",
								      "/dev/sda1")
			LINE("0:9", "/media/rw", "tmpfs");
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, table, "proc/self/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at /media/ro (the root file system)",
		   "the host runs from it: choose another device", true);
}

static void the_root_is_told_before_other_mounts(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree,
		  "36 1 0:30 /@data /data rw - btrfs /dev/sda1 rw\n"
		  "37 1 0:32 /@ / rw - btrfs /dev/sda1 rw\n",
		  "proc/self/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at / (the root file system, 1 more)",
		   "the host runs from it: choose another device", true);
}

static void a_source_tells_nothing_beside_a_real_number(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, LINE("8:17", "/srv", "/dev/sda1"), "proc/self/mountinfo");
	expect_free(f);
}

static void swap_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, SWAPS "/dev/sda2                 partition\t99\t0\t-2\n",
		  "proc/swaps");
	expect_use(f, "/dev/sda2 is active swap", "swapoff /dev/sda2", true);
}

static void swap_on_a_removed_node_is_found(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, SWAPS "/dev/sda2\\040(deleted) partition 99 0 -2\n",
		  "proc/swaps");
	expect_use(f, "/dev/sda2 is active swap", "swapoff /dev/sda2", true);
}

static void a_file_system_with_a_swap_file_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree,
		  LINE("8:17", "/", "/dev/sdb1") LINE("8:1", "/home", "/dev/sda1"),
		  "proc/self/mountinfo");
	tree_file(f->tree, SWAPS "/home/swap file 99 0 -2\n", "proc/swaps");
	expect_use(f, "/dev/sda1 is mounted at /home (with the swap file /home/swap)",
		   "umount /home", true);
}

static void an_unmounted_volume_names_the_whole_stack(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	add_holder(f, "sda1", "dm-0");
	add_mapping(f, "dm-0", "254:0", "luks", "CRYPT-LUKS2-1");
	add_holder(f, "dm-0", "dm-1");
	add_mapping(f, "dm-1", "254:1", "vg-data", "LVM-2");
	expect_use(f,
		   "/dev/mapper/luks is part of LVM volume /dev/mapper/vg-data (on "
		   "/dev/sda1)",
		   "lvchange -an /dev/mapper/vg-data", false);
}

static void every_device_of_a_btrfs_root_is_never_taken(void **state)
{
	struct fixture *f = *state;

	add_disk(f);
	tree_file(f->tree, "36 1 0:32 /@ / rw - btrfs /dev/mapper/other rw\n",
		  "proc/self/mountinfo");
	tree_link(f->tree, "../dm-7", "dev/mapper/other");
	tree_file(f->tree, "", "sys/fs/btrfs/features");
	tree_file(f->tree, "", "sys/fs/btrfs/1234/devices/dm-7");
	tree_file(f->tree, "", "sys/fs/btrfs/1234/devices/sda2");
	expect_use(f, "/dev/sda2 is mounted at / (the root file system)",
		   "the host runs from it: choose another device", true);
}

static void a_mount_table_that_is_too_large_is_an_error(void **state)
{
	struct fixture *f = *state;
	int fd;

	add_disk(f);
	tree_file(f->tree, "", "proc/self/mountinfo");
	fd = vprep_io_open(f->io, VPREP_PROC, O_RDWR, "self/mountinfo");
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 17 << 20), 0);
	close(fd);
	assert_int_equal(fixture_ask(f), -EFBIG);
}

static void odd_tables_and_names_do_no_harm(void **state)
{
	static const char table[] =
		"\n \n1\n1 2 3 4 5\n1 2 8:1\n1 2 8:x / /x - a b\n1 2 99999:1 / /x - a b\n"
		"1 2 8:1 / /a\\012\\033[2Jb;rm\\040-rf\\040'x' rw\n\\\\\\04 - - -\n"
		"1 2 0:9 / /y rw - t /dev/\n1 2 0:9 / \\777 rw - t /dev/../../../etc";
	struct fixture *f = *state;

	add_disk(f);
	add_block(f, "odd name\x1b!x", DISK, "what");
	tree_file(f->tree, "\n=\nDEVNAME\nDEVNAME=", "sys/" DISK "/sda/sda1/uevent");
	tree_file(f->tree, "x", "sys/class/block/version");
	tree_link(f->tree, "no/where", "sys/class/block/gone");
	tree_file(f->tree, "/\n/dev/\n\\\\\n/dev/sdz\n", "proc/swaps");
	tree_file(f->tree, table, "proc/self/mountinfo");
	expect_use(f, "/dev/sda1 is mounted at /a??[2Jb;rm -rf 'x'",
		   "umount '/a??[2Jb;rm -rf '\\''x'\\'''", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(a_mounted_partition_is_in_use),
		USE_TEST(a_mount_that_only_the_first_process_sees_counts),
		USE_TEST(a_mount_in_both_tables_is_counted_once),
		USE_TEST(the_root_is_never_taken),
		USE_TEST(the_disk_of_an_image_that_is_the_root_is_never_taken),
		USE_TEST(a_disk_below_an_overlay_root_is_never_taken),
		USE_TEST(the_root_is_told_before_other_mounts),
		USE_TEST(a_source_tells_nothing_beside_a_real_number),
		USE_TEST(swap_is_never_taken),
		USE_TEST(swap_on_a_removed_node_is_found),
		USE_TEST(a_file_system_with_a_swap_file_is_never_taken),
		USE_TEST(an_unmounted_volume_names_the_whole_stack),
		USE_TEST(every_device_of_a_btrfs_root_is_never_taken),
		USE_TEST(a_mount_table_that_is_too_large_is_an_error),
		USE_TEST(odd_tables_and_names_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
