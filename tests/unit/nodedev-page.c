// SPDX-License-Identifier: GPL-2.0-or-later
/* What people are told of a node device. */
#include "test.h"

#include <stdio.h>

#include "nodedev-fixture.h"

#define PF "sys/" ROOT "/0000:00:03.0/"
#define PF_NAME "pci_0000_00_03_0"
#define PF_HEAD                                                                          \
	"name: " PF_NAME "\nmodel: fff1:00a1\n"                                          \
	"what: Ethernet controller, ids fff1:00a1\nwhere: PCI bus 00\n"
#define PF_TAIL "in sysfs: /sys/" ROOT "/0000:00:03.0\n"

/* Where libpci's list is not installed, udevd's has the name of the class. */
static void add_function(struct nodedev_host *h, const char *address)
{
	add_pci(h, address, ROOT);
	tree_file(h->tree, "E:ID_PCI_SUBCLASS_FROM_DATABASE=Ethernet controller\n",
		  "run/udev/data/+pci:%s", address);
}

static int setup(void **state)
{
	int r = nodedev_setup(state);
	struct nodedev_host *h = *state;

	add_function(h, "0000:00:03.0");
	return r;
}

static void a_device_is_where_its_slot_and_node_are(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "0000:00:03\n", "sys/bus/pci/slots/7-1/address");
	tree_file(h->tree, "0000:00:04\n", "sys/bus/pci/slots/8/address");
	tree_file(h->tree, "1\n", PF "numa_node");
	expect_text(h, PF_NAME,
		    "name: " PF_NAME "\nmodel: fff1:00a1\n"
		    "what: Ethernet controller, ids fff1:00a1\n"
		    "where: PCI bus 00, slot 7-1, NUMA node 1\n" PF_TAIL);
}

static void a_link_is_told_beside_what_it_could_be(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "8.0 GT/s PCIe\n", PF "current_link_speed");
	tree_file(h->tree, "8\n", PF "current_link_width");
	expect_text(h, PF_NAME, PF_HEAD PF_TAIL);
	tree_file(h->tree, "16.0 GT/s PCIe\n", PF "max_link_speed");
	tree_file(h->tree, "16\n", PF "max_link_width");
	expect_text(h, PF_NAME, PF_HEAD "link: 8 GT/s x8 of 16 GT/s x16\n" PF_TAIL);
	tree_file(h->tree, "2.5 GT/s PCIe\n", PF "current_link_speed");
	expect_text(h, PF_NAME, PF_HEAD "link: 2.5 GT/s x8 of 16 GT/s x16\n" PF_TAIL);
	tree_file(h->tree, "Unknown\n", PF "current_link_speed");
	tree_file(h->tree, "0\n", PF "current_link_width");
	expect_text(h, PF_NAME, PF_HEAD "link: down, 16 GT/s x16 at most\n" PF_TAIL);
	tree_file(h->tree, "255\n", PF "max_link_width");
	expect_text(h, PF_NAME, PF_HEAD PF_TAIL);
}

static void a_card_names_its_functions_and_each_its_card(void **state)
{
	struct nodedev_host *h = *state;
	char target[64];

	tree_file(h->tree, "16\n", PF "sriov_totalvfs");
	expect_text(h, PF_NAME, PF_HEAD "SR-IOV: 0 of 16 virtual functions\n" PF_TAIL);
	for (int i = 0; i < 2; i++) {
		snprintf(target, sizeof(target), "../0000:00:10.%d", i);
		tree_link(h->tree, target, PF "virtfn%d", i);
	}
	expect_text(h, PF_NAME,
		    PF_HEAD "SR-IOV: 2 of 16 virtual functions: 0000:00:10.0 "
			    "0000:00:10.1\n" PF_TAIL);
	add_function(h, "0000:00:10.1");
	tree_link(h->tree, "../0000:00:03.0", "sys/" ROOT "/0000:00:10.1/physfn");
	expect_text(h, "pci_0000_00_10_1",
		    "name: pci_0000_00_10_1\nmodel: fff1:00a1\n"
		    "what: Ethernet controller, virtual function 1 of 0000:00:03.0, ids "
		    "fff1:00a1\n"
		    "where: PCI bus 00\nin sysfs: /sys/" ROOT "/0000:00:10.1\n");
	for (int i = 2; i < 16; i++) {
		snprintf(target, sizeof(target), "../0000:00:1%d.%d", i / 8, i % 8);
		tree_link(h->tree, target, PF "virtfn%d", i);
	}
	expect_text(h, PF_NAME,
		    PF_HEAD "SR-IOV: 16 of 16 virtual functions: 0000:00:10.0 to "
			    "0000:00:11.7\n" PF_TAIL);
}

static void what_it_can_is_told_in_words(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "flr bus odd\n", PF "reset_method");
	tree_file(h->tree, "D3hot\n", PF "power_state");
	tree_file(h->tree, "auto\n", PF "power/control");
	tree_file(h->tree, "vfio-pci\n", PF "mdev_supported_types/acme-1/device_api");
	tree_file(h->tree, "3\n", PF "mdev_supported_types/acme-1/available_instances");
	tree_file(h->tree, "Half a card\n", PF "mdev_supported_types/acme-1/name");
	tree_dir(h->tree, PF "mdev_supported_types/acme-1/devices/"
			     "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
	expect_text(h, PF_NAME,
		    PF_HEAD "mdev type: acme-1 (Half a card): 1 made, 3 left\n"
			    "resets: function level, of its bus, odd\n"
			    "power: state D3hot, may sleep when it is idle\n" PF_TAIL);
}

static void an_interface_leads_to_its_device(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "class/net", "ens3", ROOT "/0000:00:03.0/net", "INTERFACE=ens3\n");
	tree_file(h->tree, "up\n", PF "net/ens3/operstate");
	tree_file(h->tree, "1000\n", PF "net/ens3/speed");
	tree_file(h->tree, "52:54:00:00:00:01\n", PF "net/ens3/address");
	expect_text(h, "ens3",
		    "name: net_ens3_52_54_00_00_00_01\nwhat: network interface ens3\n"
		    "address: 52:54:00:00:00:01\nlink: up, 1000 Mbit/s\n"
		    "below: 0000:00:03.0\n"
		    "in sysfs: /sys/" ROOT "/0000:00:03.0/net/ens3\n");
}

static void text_of_a_device_is_one_line(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "0000:00:03\n", "sys/bus/pci/slots/a\nmodel: x/address");
	tree_file(h->tree, "flr\nwhat:\x1b[31m\n", PF "reset_method");
	expect_text(h, PF_NAME,
		    "name: " PF_NAME "\nmodel: fff1:00a1\n"
		    "what: Ethernet controller, ids fff1:00a1\n"
		    "where: PCI bus 00, slot a?model: x\n"
		    "resets: flrwhat:[31m\n" PF_TAIL);
}

#define PAGE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, nodedev_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(a_device_is_where_its_slot_and_node_are),
		PAGE_TEST(a_link_is_told_beside_what_it_could_be),
		PAGE_TEST(a_card_names_its_functions_and_each_its_card),
		PAGE_TEST(what_it_can_is_told_in_words),
		PAGE_TEST(an_interface_leads_to_its_device),
		PAGE_TEST(text_of_a_device_is_one_line),
	};

	return cmocka_run_group_tests_name("nodedev-page", tests, NULL, NULL);
}
