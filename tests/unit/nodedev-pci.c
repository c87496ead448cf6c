// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of a PCI device. */
#include "test.h"

#include <errno.h>

#include "nodedev-fixture.h"

#define DEV "sys/" ROOT "/0000:00:03.0/"
#define NAME "pci_0000_00_03_0"
#define HEAD                                                                             \
	"<name>" NAME "</name><path>/sys/" ROOT "/0000:00:03.0</path>"                   \
	"<parent>computer</parent><capability type='pci'><class>0x020000</class>"        \
	"<domain>0</domain><bus>0</bus><slot>3</slot><function>0</function>"             \
	"<product id='0x00a1'/><vendor id='0xfff1'/>"
#define TAIL "</capability>"
#define ADDRESS(bus, slot, function)                                                     \
	"<address domain='0x0000' bus='0x" bus "' slot='0x" slot                         \
	"' function='0x" function "'/>"

static int setup(void **state)
{
	int r = nodedev_setup(state);

	add_pci(*state, "0000:00:03.0", ROOT);
	return r;
}

static void it_need_have_no_more_than_its_identity(void **state)
{
	struct nodedev_host *h = *state;

	expect_xml(h, NAME, HEAD TAIL);
}

static void an_unknown_class_is_left_out(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "nonsense\n", DEV "class");
	tree_remove(h->tree, DEV "vendor");
	expect_xml(h, NAME,
		   "<name>" NAME "</name><path>/sys/" ROOT "/0000:00:03.0</path>"
		   "<parent>computer</parent><capability type='pci'>"
		   "<domain>0</domain><bus>0</bus><slot>3</slot><function>0</function>"
		   "<product id='0x00a1'/><vendor id='0x0000'/>" TAIL);
}

static void a_vendor_that_libpci_does_not_know_may_be_known_to_udevd(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree,
		  "E:ID_VENDOR_FROM_DATABASE=ACME\nE:ID_MODEL_FROM_DATABASE=NIC\n"
		  "E:ID_PCI_SUBCLASS_FROM_DATABASE=Ethernet controller\n",
		  "run/udev/data/+pci:0000:00:03.0");
	expect_text(h, NAME,
		    "name: " NAME "\n"
		    "model: ACME NIC\n"
		    "what: Ethernet controller, ids fff1:00a1\n"
		    "where: PCI bus 00\n"
		    "in sysfs: /sys/" ROOT "/0000:00:03.0\n");
}

static void virtual_functions_come_in_the_order_of_their_links(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "8\n", DEV "sriov_totalvfs");
	tree_link(h->tree, "../0000:00:10.1", DEV "virtfn0");
	tree_link(h->tree, "../0000:00:08.3", DEV "virtfn1");
	tree_link(h->tree, "../0000:00:08.5", DEV "virtfn3");
	expect_xml(h, NAME,
		   HEAD "<capability type='virt_functions' maxCount='8'>" ADDRESS(
			   "00", "10", "1") ADDRESS("00", "08", "3") TAIL TAIL);
	tree_remove(h->tree, DEV "virtfn0");
	expect_xml(h, NAME, HEAD "<capability type='virt_functions' maxCount='8'/>" TAIL);
}

static void a_virtual_function_names_its_physical_one(void **state)
{
	struct nodedev_host *h = *state;

	tree_link(h->tree, "../0000:00:10.0", DEV "physfn");
	expect_xml(h, NAME,
		   HEAD "<capability type='phys_function'>" ADDRESS("00", "10", "0")
			   TAIL TAIL);
}

static void members_of_the_group_are_sorted(void **state)
{
	struct nodedev_host *h = *state;

	tree_link(h->tree, "../../../kernel/iommu_groups/7", DEV "iommu_group");
	tree_dir(h->tree, "sys/kernel/iommu_groups/7/devices/0000:01:02.0");
	tree_dir(h->tree, "sys/kernel/iommu_groups/7/devices/0000:00:03.0");
	tree_dir(h->tree, "sys/kernel/iommu_groups/7/devices/0000:01:02.7");
	tree_dir(h->tree, "sys/kernel/iommu_groups/7/devices/arm-smmu");
	expect_xml(h, NAME,
		   HEAD "<iommuGroup number='7'>" ADDRESS("00", "03", "0")
			   ADDRESS("01", "02", "0")
				   ADDRESS("01", "02", "7") "</iommuGroup>" TAIL);
}

static void the_numa_node_may_be_none(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "-1\n", DEV "numa_node");
	expect_xml(h, NAME, HEAD TAIL);
	tree_file(h->tree, "0\n", DEV "numa_node");
	expect_xml(h, NAME, HEAD "<numa node='0'/>" TAIL);
}

static void types_of_mediated_devices_are_sorted(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "vfio-pci\n", DEV "mdev_supported_types/b-2/device_api");
	tree_file(h->tree, "3\n", DEV "mdev_supported_types/b-2/available_instances");
	tree_file(h->tree, "<Two>\n", DEV "mdev_supported_types/b-2/name");
	tree_file(h->tree, "vfio-pci\n", DEV "mdev_supported_types/a-1/device_api");
	tree_file(h->tree, "0\n", DEV "mdev_supported_types/a-1/available_instances");
	tree_file(h->tree, "vfio-pci\n", DEV "mdev_supported_types/c-3/device_api");
	expect_xml(
		h, NAME,
		HEAD
		"<capability type='mdev_types'>"
		"<type id='a-1'><deviceAPI>vfio-pci</deviceAPI>"
		"<availableInstances>0</availableInstances></type>"
		"<type id='b-2'><name>&lt;Two&gt;</name><deviceAPI>vfio-pci</deviceAPI>"
		"<availableInstances>3</availableInstances></type>" TAIL TAIL);
}

/* Config space with a list of capabilities that begins at 0x40. */
static void add_config(struct nodedev_host *h, uint8_t header, const uint8_t *list,
		       size_t len, size_t size)
{
	uint8_t *config = calloc(1, size);

	assert_non_null(config);
	config[0x06] = 0x10;
	config[0x0e] = header;
	config[0x34] = 0x40;
	memcpy(config + 0x40, list, len);
	tree_bytes(h->tree, config, size, DEV "config");
	free(config);
}

static void the_express_link_is_read(void **state)
{
	/* after a capability of another kind: x16 at 16 GT/s, port 5, now x8 at 8 GT/s */
	static const uint8_t list[] = {
		0x01, 0x48, 0, 0, 0, 0, 0,    0,    0x10, 0,	0x02, 0, 0,    0,
		0,    0,    0, 0, 0, 0, 0x04, 0x01, 0,	  0x05, 0,    0, 0x83, 0,
	};
	struct nodedev_host *h = *state;

	add_config(h, 0x80, list, sizeof(list), 4096);
	expect_xml(h, NAME,
		   HEAD "<pci-express>"
			"<link validity='cap' port='5' speed='16' width='16'/>"
			"<link validity='sta' speed='8' width='8'/></pci-express>" TAIL);
}

static void an_endpoint_in_the_root_complex_has_no_link(void **state)
{
	static const uint8_t list[] = { 0x10, 0, 0x92, 0, 0, 0, 0, 0, 0, 0,
					0,    0, 0,    0, 0, 0, 0, 0, 0, 0 };
	struct nodedev_host *h = *state;

	add_config(h, 0, list, sizeof(list), 256);
	expect_xml(h, NAME, HEAD "<pci-express/>" TAIL);
}

static void bridges_say_so(void **state)
{
	struct nodedev_host *h = *state;

	add_config(h, 0x81, (const uint8_t[]){ 0, 0 }, 2, 256);
	expect_xml(h, NAME, HEAD "<capability type='pci-bridge'/>" TAIL);
	add_config(h, 0x02, (const uint8_t[]){ 0, 0 }, 2, 256);
	expect_xml(h, NAME, HEAD "<capability type='cardbus-bridge'/>" TAIL);
}

static void config_space_may_be_nonsense(void **state)
{
	static const uint8_t circle[] = { 0x01, 0x40, 0, 0 },
			     beyond[] = { 0x01, 0xfc, 0, 0 };
	struct nodedev_host *h = *state;
	uint8_t ones[64];

	add_config(h, 0, circle, sizeof(circle), 256);
	expect_xml(h, NAME, HEAD TAIL);
	add_config(h, 0, beyond, sizeof(beyond), 128);
	expect_xml(h, NAME, HEAD TAIL);
	memset(ones, 0xff, sizeof(ones));
	tree_bytes(h->tree, ones, sizeof(ones), DEV "config");
	expect_xml(h, NAME, HEAD TAIL);
	tree_bytes(h->tree, ones, 3, DEV "config");
	expect_xml(h, NAME, HEAD TAIL);
}

#define PCI_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, nodedev_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI_TEST(it_need_have_no_more_than_its_identity),
		PCI_TEST(an_unknown_class_is_left_out),
		PCI_TEST(a_vendor_that_libpci_does_not_know_may_be_known_to_udevd),
		PCI_TEST(virtual_functions_come_in_the_order_of_their_links),
		PCI_TEST(a_virtual_function_names_its_physical_one),
		PCI_TEST(members_of_the_group_are_sorted),
		PCI_TEST(the_numa_node_may_be_none),
		PCI_TEST(types_of_mediated_devices_are_sorted),
		PCI_TEST(the_express_link_is_read),
		PCI_TEST(an_endpoint_in_the_root_complex_has_no_link),
		PCI_TEST(bridges_say_so),
		PCI_TEST(config_space_may_be_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
