// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices there are, under which names, below which parents. */
#include "test.h"

#include <errno.h>

#include "nodedev-fixture.h"

#define NIC ROOT "/0000:00:03.0"
#define HOST6 ROOT "/0000:00:04.0/host6"
#define LUN HOST6 "/target6:0:0/6:0:0:0"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

static void an_empty_host_has_only_itself(void **state)
{
	struct nodedev_host *h = *state;

	expect_list(h, NULL, "computer\n");
	expect_list(h, "pci", "");
	expect_parent(h, "computer", NULL);
}

static void add_net(struct nodedev_host *h, const char *name, const char *devices,
		    const char *uevent)
{
	add_device(h, "class/net", name, devices, uevent);
	tree_file(h->tree, "02:00:00:AA:00:01\n", "sys/%s/%s/address", devices, name);
	tree_file(h->tree, "down\n", "sys/%s/%s/operstate", devices, name);
}

static void interfaces_are_listed_when_the_kernel_gives_them_no_type(void **state)
{
	struct nodedev_host *h = *state;

	add_pci(h, "0000:00:03.0", ROOT);
	add_net(h, "eth0", NIC "/net", "INTERFACE=eth0\nIFINDEX=2\n");
	add_net(h, "wlan0", NIC "/net", "DEVTYPE=wlan\nINTERFACE=wlan0\n");
	add_net(h, "br0", "devices/virtual/net", "DEVTYPE=bridge\nINTERFACE=br0\n");
	add_net(h, "gone0", "devices/virtual/net", "INTERFACE=gone0\n");
	tree_remove(h->tree, "sys/devices/virtual/net/gone0/operstate");
	tree_file(h->tree, "", "sys/class/net/bonding_masters");
	expect_list(h, NULL,
		    "computer\n"
		    "net_eth0_02_00_00_AA_00_01\n"
		    "net_wlan0_02_00_00_AA_00_01\n"
		    "pci_0000_00_03_0\n");
	expect_parent(h, "net_eth0_02_00_00_AA_00_01", "pci_0000_00_03_0");
	expect_parent(h, "pci_0000_00_03_0", "computer");
}

static void add_disk(struct nodedev_host *h, const char *name, const char *number,
		     const char *data)
{
	char uevent[128];

	snprintf(uevent, sizeof(uevent), "MAJOR=8\nMINOR=%s\nDEVNAME=%s\nDEVTYPE=disk\n",
		 number, name);
	add_device(h, "class/block", name, LUN "/block", uevent);
	if (data)
		tree_file(h->tree, data, "run/udev/data/b8:%s", number);
}

static void disks_are_listed_when_udevd_knows_what_they_are(void **state)
{
	struct nodedev_host *h = *state;

	add_disk(h, "sda", "0", "E:ID_TYPE=disk\nE:ID_SERIAL=A-1/2\n");
	add_disk(h, "sdb", "16", "E:ID_TYPE=optical\n");
	add_disk(h, "sdc", "32", NULL);
	add_disk(h, "vda", "48", NULL);
	add_disk(h, "nvme0n1", "64", "E:ID_TYPE=generic\n");
	add_disk(h, "fd0", "80", "E:ID_DRIVE_FLOPPY=1\n");
	add_device(h, "class/block", "sda1", LUN "/block/sda",
		   "MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n");
	tree_file(h->tree, "E:ID_TYPE=disk\n", "run/udev/data/b8:1");
	expect_list(h, "storage",
		    "block_fd0\nblock_nvme0n1\nblock_sda_A_1_2\nblock_vda\n");
}

static void parents_are_the_nearest_devices_that_are_listed(void **state)
{
	struct nodedev_host *h = *state;

	add_pci(h, "0000:00:04.0", ROOT);
	add_device(h, "bus/scsi/devices", "host6", ROOT "/0000:00:04.0",
		   "DEVTYPE=scsi_host\n");
	add_device(h, "bus/scsi/devices", "target6:0:0", HOST6, "DEVTYPE=scsi_target\n");
	add_device(h, "bus/scsi/devices", "6:0:0:0", HOST6 "/target6:0:0",
		   "DEVTYPE=scsi_device\n");
	add_device(h, "class/scsi_generic", "sg0", LUN "/scsi_generic", "DEVNAME=sg0\n");
	add_disk(h, "sda", "0", "E:ID_TYPE=disk\n");
	expect_list(h, "scsi_host scsi_target scsi scsi_generic storage",
		    "block_sda\nscsi_6_0_0_0\nscsi_generic_sg0\nscsi_host6\n"
		    "scsi_target6_0_0\n");
	expect_parent(h, "block_sda", "scsi_6_0_0_0");
	expect_parent(h, "scsi_6_0_0_0", "scsi_target6_0_0");
	expect_parent(h, "scsi_host6", "pci_0000_00_04_0");
	tree_remove(h->tree, "sys/bus/scsi/devices/6:0:0:0");
	expect_parent(h, "block_sda", "scsi_target6_0_0");
}

static void mediated_devices_have_their_parent_in_the_name(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "class/mtty", "mtty", "devices/virtual/mtty", "");
	add_device(h, "bus/mdev/devices", UUID, "devices/virtual/mtty/mtty", "");
	expect_list(h, "mdev", "");
	tree_link(h->tree, "../mdev_supported_types/mtty-2",
		  "sys/devices/virtual/mtty/mtty/" UUID "/mdev_type");
	tree_link(h->tree, "../../../../../kernel/iommu_groups/26",
		  "sys/devices/virtual/mtty/mtty/" UUID "/iommu_group");
	expect_list(h, "mdev mdev_types",
		    "mdev_83b8f4f2_509f_382f_3c1e_e6bfe0fa1001_mtty\nmtty_mtty\n");
	expect_parent(h, "mdev_83b8f4f2_509f_382f_3c1e_e6bfe0fa1001", "mtty_mtty");
	expect_parent(h, "mdev_" UUID, "mtty_mtty");
	expect_parent(h, UUID, "mtty_mtty");
}

static void names_are_sorted_without_regard_to_case(void **state)
{
	struct nodedev_host *h = *state;

	add_disk(h, "vda", "0", "E:ID_SERIAL=b\n");
	add_disk(h, "vdB", "16", NULL);
	add_disk(h, "vdc", "32", NULL);
	expect_list(h, NULL, "block_vda_b\nblock_vdB\nblock_vdc\ncomputer\n");
}

/* udevd keeps one name for a device, and so does libvirt; a parent that is called like
 * its child must not be its own. */
static void of_devices_with_one_name_the_last_is_listed(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-1", ROOT, "DEVTYPE=usb_device\n");
	add_device(h, "bus/usb/devices", "1:1", ROOT "/1-1", "DEVTYPE=usb_device\n");
	expect_list(h, "usb_device", "usb_1_1\n");
	expect_parent(h, "usb_1_1", "computer");
	expect_parent(h, "1:1", "computer");
}

static void a_device_has_many_names(void **state)
{
	static const char *const names[] = {
		"pci_0000_00_03_0", "0000:00:03.0",
		"00:03.0",	    "/sys/bus/pci/devices/0000:00:03.0",
		"/sys/" NIC,
	};
	struct nodedev_host *h = *state;
	struct vprep_node_devices *list = NULL;
	size_t i;

	add_pci(h, "0000:00:03.0", ROOT);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(
			vprep_node_device_find(h->session, names[i], &list, &h->err), 0);
		assert_string_equal(list->items[0].name, "pci_0000_00_03_0");
		assert_string_equal(list->items[0].capability, "pci");
		assert_string_equal(list->items[0].bus, "pci");
		assert_string_equal(list->items[0].path, "/sys/" NIC);
		vprep_node_devices_free(list);
	}
}

static void what_is_not_there_is_told(void **state)
{
	static const char *const names[] = { "",	   "pci_0000_00_03_1",
					     "/sys/" ROOT, "/sys/../sys",
					     "a:b:c:d",	   "mdev_x" };
	struct nodedev_host *h = *state;
	struct vprep_node_devices *list = NULL;
	size_t i;

	add_pci(h, "0000:00:03.0", ROOT);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(vprep_node_device_find(h->session, names[i], &list,
							&h->err),
				 -ENODEV);
		assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
		assert_non_null(strstr(h->err.message, "vfio-prep list"));
		assert_null(list);
	}
}

static void a_filter_must_name_what_libvirt_knows(void **state)
{
	static const char *const caps[] = { "pci", "pcie", NULL };
	const struct vprep_node_filter bad_cap = { .capabilities = caps },
				       bad_bus = { .bus = "isa" };
	struct nodedev_host *h = *state;
	struct vprep_node_devices *list = NULL;

	assert_int_equal(vprep_node_devices(h->session, &bad_cap, &list, &h->err),
			 -EINVAL);
	assert_string_equal(
		h->err.message,
		"'pcie' is not a capability; there are system, pci, usb_device, usb, net, "
		"scsi_host, scsi_target, scsi, storage, fc_host, vports, scsi_generic, "
		"drm, mdev_types, mdev, ccw, css, vdpa, ap_card, ap_queue, ap_matrix, "
		"vpd");
	assert_int_equal(vprep_node_devices(h->session, &bad_bus, &list, &h->err),
			 -EINVAL);
	assert_int_equal(h->err.code, VPREP_E_USAGE);
	assert_null(list);
}

static void a_bus_is_a_filter(void **state)
{
	const struct vprep_node_filter filter = { .bus = "usb", .parents = true };
	struct nodedev_host *h = *state;
	struct vprep_node_devices *list = NULL;

	add_pci(h, "0000:00:03.0", ROOT);
	add_device(h, "bus/usb/devices", "usb1", NIC, "DEVTYPE=usb_device\n");
	assert_int_equal(vprep_node_devices(h->session, &filter, &list, &h->err), 0);
	assert_int_equal(list->n, 1);
	assert_string_equal(list->items[0].name, "usb_usb1");
	assert_string_equal(list->items[0].parent, "pci_0000_00_03_0");
	vprep_node_devices_free(list);
}

static void capabilities_beneath_others_count(void **state)
{
	struct nodedev_host *h = *state;

	add_pci(h, "0000:00:03.0", ROOT);
	add_pci(h, "0000:00:04.0", ROOT);
	tree_file(h->tree, "vfio-pci\n",
		  "sys/" NIC "/mdev_supported_types/nvidia-11/device_api");
	tree_file(h->tree, "2\n",
		  "sys/" NIC "/mdev_supported_types/nvidia-11/available_instances");
	tree_dir(h->tree, "sys/" ROOT "/0000:00:04.0/mdev_supported_types/broken");
	add_device(h, "bus/scsi/devices", "host6", ROOT "/0000:00:04.0",
		   "DEVTYPE=scsi_host\n");
	add_device(h, "bus/scsi/devices", "host7", ROOT "/0000:00:04.0",
		   "DEVTYPE=scsi_host\n");
	tree_file(h->tree, "0x1\n", "sys/class/fc_host/host7/port_name");
	tree_file(h->tree, "0x2\n", "sys/class/fc_host/host7/node_name");
	expect_list(h, "mdev_types", "pci_0000_00_03_0\n");
	expect_list(h, "fc_host", "scsi_host7\n");
	expect_list(h, "vports", "");
	tree_file(h->tree, "", "sys/class/fc_host/host7/vport_create");
	tree_file(h->tree, "8\n", "sys/class/fc_host/host7/max_npiv_vports");
	tree_file(h->tree, "1\n", "sys/class/fc_host/host7/npiv_vports_inuse");
	expect_list(h, "vports", "scsi_host7\n");
	expect_list(h, "vports mdev_types", "pci_0000_00_03_0\nscsi_host7\n");
}

/* A captured tree may come from anywhere. */
static void links_that_lead_elsewhere_are_no_devices(void **state)
{
	struct nodedev_host *h = *state;

	tree_link(h->tree, "../../../../../etc", "sys/bus/pci/devices/0000:00:01.0");
	tree_link(h->tree, "/etc", "sys/bus/pci/devices/0000:00:02.0");
	tree_link(h->tree, "../../../devices/../../../../etc",
		  "sys/bus/pci/devices/0000:00:03.0");
	expect_list(h, "mdev_types", "");
	expect_list(h, "vpd", "");
	expect_parent(h, "pci_0000_00_03_0", "computer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(an_empty_host_has_only_itself),
		NODEDEV_TEST(interfaces_are_listed_when_the_kernel_gives_them_no_type),
		NODEDEV_TEST(disks_are_listed_when_udevd_knows_what_they_are),
		NODEDEV_TEST(parents_are_the_nearest_devices_that_are_listed),
		NODEDEV_TEST(mediated_devices_have_their_parent_in_the_name),
		NODEDEV_TEST(names_are_sorted_without_regard_to_case),
		NODEDEV_TEST(of_devices_with_one_name_the_last_is_listed),
		NODEDEV_TEST(a_device_has_many_names),
		NODEDEV_TEST(what_is_not_there_is_told),
		NODEDEV_TEST(a_filter_must_name_what_libvirt_knows),
		NODEDEV_TEST(a_bus_is_a_filter),
		NODEDEV_TEST(capabilities_beneath_others_count),
		NODEDEV_TEST(links_that_lead_elsewhere_are_no_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
