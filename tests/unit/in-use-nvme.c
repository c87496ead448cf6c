// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "in-use-fixture.h"

#define BEHIND HERE "/pci10000:e0/10000:e0:06.0/10000:e1:00.0"
#define FABRICS "devices/virtual/nvme-fabrics/ctl"
#define OF_PORT(node, port)                                                              \
	"traddr=nn-0x200200a098d8580e:pn-0x204900a098d8580e,host_traddr=nn-" node        \
	":pn-" port "\n"
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

static void a_multipath_disk_that_a_process_has_open_is_found(void **state)
{
	struct fixture *f = *state;

	add_nvme(f, "nvme0", HERE);
	add_nvme(f, "nvme1", "devices/pci0000:00/0000:00:04.0");
	add_namespace(f);
	tree_file(f->tree, "MAJOR=259\nMINOR=0\nDEVNAME=nvme0n1\n",
		  "sys/" SUBSYSTEM "/nvme0n1/uevent");
	add_node(f, "240:0", "ng0n1", "ng0n1", SUBSYSTEM);
	tree_file(f->tree, "qemu", "proc/7/cmdline");
	add_fd(f, 7, 30, "/dev/nvme0n1");
	expect_use(f, "pid 7 (qemu) has /dev/nvme0n1 open", "end pid 7", false);
	tree_thaw(f->tree);
	tree_remove(f->tree, "proc/7/fd/30");
	add_fd(f, 7, 30, "/dev/ng0n1");
	expect_use(f, "pid 7 (qemu) has /dev/ng0n1 open", "end pid 7", false);
}

/* Neither it nor its disks are held by anything then. */
static void a_controller_that_is_exported_whole_is_found(void **state)
{
	static const char target[] = "sys/kernel/config/nvmet/subsystems/nqn.x";
	struct fixture *f = *state;

	add_nvme(f, "nvme0", HERE);
	add_block(f, "nvme0n1", HERE "/nvme/nvme0", "259:0");
	tree_dir(f->tree, "%s/namespaces", target);
	tree_file(f->tree, "1\n", "%s/attr_allow_any_host", target);
	tree_file(f->tree, "/dev/nvme0\n", "%s/passthru/device_path", target);
	tree_file(f->tree, "1\n", "%s/passthru/enable", target);
	expect_use(f,
		   "controller nvme0 is exported to other hosts by NVMe target "
		   "nqn.x/passthru",
		   "remove that with nvmetcli", false);
	tree_thaw(f->tree);
	tree_file(f->tree, "0\n", "%s/passthru/enable", target);
	expect_free(f);
}

static void add_adapter(struct fixture *f)
{
	f->device.class_code = 0x0c0400;
	tree_device(f->tree, "class/fc_host", "host5", HERE "/host5/fc_host");
	tree_file(f->tree, "0x10000090fa5371f2\n",
		  "sys/" HERE "/host5/fc_host/host5/port_name");
}

/* The controller of a subsystem that is reached through the adapter's port of that name. */
static void add_fabrics(struct fixture *f, const char *controller, const char *port)
{
	tree_device(f->tree, "class/nvme", controller, FABRICS);
	tree_file(f->tree, "live\n", "sys/" FABRICS "/%s/state", controller);
	tree_file(f->tree, port, "sys/" FABRICS "/%s/address", controller);
	tree_link(f->tree, "../ctl", "sys/" SUBSYSTEM "/%s", controller);
}

static void a_root_that_comes_over_fibre_channel_is_found(void **state)
{
	struct fixture *f = *state;

	add_adapter(f);
	add_fabrics(f, "nvme0", OF_PORT("0x20000090fa5371f2", "0x10000090fa5371f2"));
	add_namespace(f);
	tree_file(f->tree, LINE("259:1", "/", "/dev/nvme0n1p1"), "proc/self/mountinfo");
	expect_use(f, "/dev/nvme0n1p1 is mounted at / (the root file system)",
		   "the host runs from it: choose another device", true);
}

static void a_namespace_without_multipath_over_fibre_channel_is_found(void **state)
{
	struct fixture *f = *state;

	add_adapter(f);
	add_fabrics(f, "nvme0", OF_PORT("20000090FA5371F2", "10000090FA5371F2"));
	add_block(f, "nvme0n1", FABRICS "/nvme0", "259:0");
	tree_file(f->tree, LINE("259:0", "/srv", "/dev/nvme0n1"), "proc/self/mountinfo");
	expect_use(f, "/dev/nvme0n1 is mounted at /srv", "umount /srv", false);
}

static void what_comes_over_another_port_is_not_ours(void **state)
{
	struct fixture *f = *state;

	add_adapter(f);
	add_fabrics(f, "nvme0", OF_PORT("0x20000090fa5371f2", "0x10000090fa5371f3"));
	add_fabrics(f, "nvme1", "traddr=192.0.2.1,trsvcid=4420,host_traddr=192.0.2.2\n");
	add_fabrics(f, "nvme2", "traddr=nn-0x1:pn-0x2,host_traddr=nn-0x1:pn-\n");
	add_namespace(f);
	tree_file(f->tree, LINE("259:1", "/srv", "/dev/nvme0n1p1"),
		  "proc/self/mountinfo");
	expect_free(f);
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
		USE_TEST(a_multipath_disk_that_a_process_has_open_is_found),
		USE_TEST(a_controller_that_is_exported_whole_is_found),
		USE_TEST(a_root_that_comes_over_fibre_channel_is_found),
		USE_TEST(a_namespace_without_multipath_over_fibre_channel_is_found),
		USE_TEST(what_comes_over_another_port_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
