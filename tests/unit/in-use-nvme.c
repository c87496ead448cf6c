// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "in-use-fixture.h"

#define BEHIND HERE "/pci10000:e0/10000:e0:06.0/10000:e1:00.0"
#define SUBSYSTEM "devices/virtual/nvme-subsystem/nvme-subsys0"

static void add_nvme(struct fixture *f, const char *controller, const char *devices)
{
	char path[256];

	f->device.class_code = 0x010802;
	snprintf(path, sizeof(path), "%s/nvme", devices);
	tree_device(f->tree, "class/nvme", controller, path);
	tree_file(f->tree, "live\n", "sys/%s/%s/state", path, controller);
	tree_link(f->tree, "../../../pci", "sys/" SUBSYSTEM "/%s", controller);
}

static void add_namespace(struct fixture *f)
{
	tree_device(f->tree, "class/nvme-subsystem", "nvme-subsys0",
		    "devices/virtual/nvme-subsystem");
	add_block(f, "nvme0n1", SUBSYSTEM, "259:0");
	add_block(f, "nvme0n1p1", SUBSYSTEM "/nvme0n1", "259:1");
}

static void the_root_on_lvm_on_multipath_nvme_is_found(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", HERE);
	add_nvme(f, "nvme1", "devices/pci0000:00/0000:00:04.0");
	add_namespace(f);
	add_holder(f, "nvme0n1p1", "dm-0");
	add_mapping(f, "dm-0", "254:0", "vg-root\n", "LVM-abc\n");
	tree_file(f->tree, LINE("254:0", "/", "/dev/mapper/vg-root"),
		  "proc/self/mountinfo");
	expect_use(f,
		   "/dev/mapper/vg-root is mounted at / (the root file system, on "
		   "/dev/nvme0n1p1, shared with nvme1 at 0000:00:04.0)",
		   "the host runs from it: choose another device", true);
}

static void a_dead_controller_shares_nothing(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", HERE);
	add_nvme(f, "nvme1", "devices/pci0000:00/0000:00:04.0");
	add_namespace(f);
	tree_file(f->tree, "dead\n", "sys/class/nvme/nvme1/state");
	tree_file(f->tree, LINE("259:1", "/srv", "/dev/nvme0n1p1"),
		  "proc/self/mountinfo");
	expect_use(f, "/dev/nvme0n1p1 is mounted at /srv", "umount /srv", false);
}

static void another_controllers_namespace_is_not_ours(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme1", "devices/pci0000:00/0000:00:04.0");
	add_namespace(f);
	tree_file(f->tree, LINE("259:1", "/srv", "/dev/nvme0n1p1"),
		  "proc/self/mountinfo");
	expect_free(f);
}

static void a_hidden_path_device_has_no_node_to_ask(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", HERE);
	add_namespace(f);
	tree_device(f->tree, "class/block", "nvme0c0n1", HERE "/nvme/nvme0");
	tree_file(f->tree, "1\n", "sys/" HERE "/nvme/nvme0/nvme0c0n1/hidden");
	f->claimed = "nvme0c0n1";
	expect_free(f);
	assert_int_equal(f->n_claims, 2);
}

static void a_namespace_in_its_controllers_folder_is_found(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", HERE);
	add_block(f, "nvme0n1", HERE "/nvme/nvme0", "259:0");
	tree_file(f->tree, LINE("259:0", "/srv", "/dev/nvme0n1"), "proc/self/mountinfo");
	expect_use(f, "/dev/nvme0n1 is mounted at /srv", "umount /srv", false);
}

/* A controller whose driver makes a PCI domain of its own (Intel VMD): all that is on it
 * goes away with the driver. */
static void a_disk_behind_a_controller_of_a_domain_is_found(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", BEHIND);
	f->device.class_code = 0x010400;
	add_block(f, "nvme0n1", BEHIND "/nvme/nvme0", "259:0");
	tree_file(f->tree, LINE("259:0", "/", "/dev/nvme0n1"), "proc/self/mountinfo");
	expect_use(f, "/dev/nvme0n1 is mounted at / (the root file system)",
		   "the host runs from it: choose another device", true);
}

static void a_multipath_disk_behind_a_controller_of_a_domain_is_found(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", BEHIND);
	f->device.class_code = 0x010400;
	add_namespace(f);
	tree_file(f->tree, LINE("259:1", "/srv", "/dev/nvme0n1p1"),
		  "proc/self/mountinfo");
	expect_use(f, "/dev/nvme0n1p1 is mounted at /srv", "umount /srv", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(the_root_on_lvm_on_multipath_nvme_is_found),
		USE_TEST(a_dead_controller_shares_nothing),
		USE_TEST(another_controllers_namespace_is_not_ours),
		USE_TEST(a_hidden_path_device_has_no_node_to_ask),
		USE_TEST(a_namespace_in_its_controllers_folder_is_found),
		USE_TEST(a_disk_behind_a_controller_of_a_domain_is_found),
		USE_TEST(a_multipath_disk_behind_a_controller_of_a_domain_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
