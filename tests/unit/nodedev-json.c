// SPDX-License-Identifier: GPL-2.0-or-later
/* VDSM's shape, compared whole. */
#include "test.h"

#include <errno.h>

#include "nodedev-fixture.h"

#define DEV "sys/" ROOT "/0000:00:1f.2/"
#define LUN ROOT "/host1/target1:0:0/1:0:0:0"

static void a_pci_device_has_numbers_as_strings(void **state)
{
	struct nodedev_host *h = *state;
	uint8_t config[64] = { 0 };

	add_pci(h, "0000:00:1f.2", ROOT);
	tree_bytes(h->tree, config, sizeof(config), DEV "config");
#define ADDRESS                                                                            \
	"\"address\":{\"domain\":\"0\",\"bus\":\"0\",\"slot\":\"31\",\"function\":\"2\"}," \
	"\"product_id\":\"0x00a1\",\"vendor_id\":\"0xfff1\""
	expect_json(h, "pci_0000_00_1f_2",
		    "{\"capability\":\"pci\",\"is_assignable\":\"true\","
		    "\"parent\":\"computer\"," ADDRESS "}");
	tree_file(h->tree, "DRIVER=ahci\n", DEV "uevent");
	tree_file(h->tree, "1\n", DEV "numa_node");
	tree_file(h->tree, "7\n", DEV "sriov_totalvfs");
	tree_link(h->tree, "../0000:00:10.0", DEV "physfn");
	tree_link(h->tree, "../../../kernel/iommu_groups/12", DEV "iommu_group");
	tree_dir(h->tree, "sys/kernel/iommu_groups/12/devices/0000:00:1f.2");
	expect_json(h, "pci_0000_00_1f_2",
		    "{\"capability\":\"pci\",\"is_assignable\":\"true\","
		    "\"driver\":\"ahci\",\"parent\":\"computer\"," ADDRESS
		    ",\"iommu_group\":\"12\",\"numa_node\":\"1\",\"totalvfs\":7,"
		    "\"physfn\":\"pci_0000_00_10_0\"}");
}

static void bridges_and_devices_that_do_not_answer_are_not_assignable(void **state)
{
	static const uint8_t types[] = { 0x01, 0x82, 0x7f, 0xff };
	struct nodedev_host *h = *state;
	uint8_t config[64] = { 0 };
	size_t i;

	add_pci(h, "0000:00:1f.2", ROOT);
	for (i = 0; i <= sizeof(types); i++) {
		expect_json(h, "pci_0000_00_1f_2",
			    "{\"capability\":\"pci\",\"is_assignable\":\"false\","
			    "\"parent\":\"computer\"," ADDRESS "}");
		if (i == sizeof(types))
			break;
		config[0x0e] = types[i];
		tree_bytes(h->tree, config, sizeof(config), DEV "config");
	}
}

static void types_of_mediated_devices_are_told(void **state)
{
	struct nodedev_host *h = *state;
	uint8_t config[64] = { 0 };

	add_pci(h, "0000:00:1f.2", ROOT);
	tree_bytes(h->tree, config, sizeof(config), DEV "config");
	tree_file(h->tree, "vfio-pci\n", DEV "mdev_supported_types/a-1/device_api");
	tree_file(h->tree, "4\n", DEV "mdev_supported_types/a-1/available_instances");
	tree_file(h->tree, "vfio-pci\n", DEV "mdev_supported_types/b-2/device_api");
	tree_file(h->tree, "0\n", DEV "mdev_supported_types/b-2/available_instances");
	tree_file(h->tree, "GRID\n", DEV "mdev_supported_types/b-2/name");
	tree_file(h->tree, "low: 128MB\n\thigh: 512MB\n",
		  DEV "mdev_supported_types/b-2/description");
	expect_json(h, "pci_0000_00_1f_2",
		    "{\"capability\":\"pci\",\"is_assignable\":\"true\","
		    "\"parent\":\"computer\"," ADDRESS
		    ",\"mdev\":{\"a-1\":{\"name\":\"a-1\",\"available_instances\":\"4\"},"
		    "\"b-2\":{\"name\":\"GRID\",\"available_instances\":\"0\","
		    "\"description\":\"low: 128MB\\n\\thigh: 512MB\"}}}");
}

static void a_usb_device_has_bus_and_device(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-2", ROOT,
		   "DEVTYPE=usb_device\nDRIVER=usb\nBUSNUM=001\nDEVNUM=012\n");
	tree_file(h->tree,
		  "E:ID_VENDOR_ID=0627\nE:ID_MODEL_ID=0001\n"
		  "E:ID_MODEL_FROM_DATABASE=Tablet \"T\"\n",
		  "run/udev/data/+usb:1-2");
	expect_json(h, "usb_1_2",
		    "{\"capability\":\"usb_device\",\"is_assignable\":\"true\","
		    "\"driver\":\"usb\",\"parent\":\"computer\","
		    "\"address\":{\"bus\":\"1\",\"device\":\"12\"},"
		    "\"product_id\":\"0x0001\",\"product\":\"Tablet \\\"T\\\"\","
		    "\"vendor_id\":\"0x0627\"}");
}

/* VDSM takes vendor, product and paths from the devices beneath. */
static void a_scsi_device_has_what_its_children_know(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/scsi/devices", "1:0:0:0", ROOT "/host1/target1:0:0",
		   "DEVTYPE=scsi_device\nDRIVER=sd\n");
#define SCSI                                                                                  \
	"{\"capability\":\"scsi\",\"is_assignable\":\"true\",\"driver\":\"sd\","              \
	"\"parent\":\"computer\",\"address\":{\"host\":\"1\",\"bus\":\"0\",\"target\":\"0\"," \
	"\"lun\":\"0\"}"
	expect_json(h, "scsi_1_0_0_0", SCSI "}");
	add_device(h, "class/scsi_generic", "sg0", LUN "/scsi_generic", "DEVNAME=sg0\n");
	expect_json(h, "scsi_1_0_0_0", SCSI ",\"udev_path\":\"/dev/sg0\"}");
	add_device(h, "class/block", "sda", LUN "/block",
		   "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n");
	tree_file(h->tree, "E:ID_TYPE=disk\n", "run/udev/data/b8:0");
	tree_file(h->tree, "ACME\n", "sys/" LUN "/block/sda/device/vendor");
	tree_file(h->tree, "Disk\n", "sys/" LUN "/block/sda/device/model");
	expect_json(h, "scsi_1_0_0_0",
		    SCSI ",\"vendor\":\"ACME\",\"product\":\"Disk\","
			 "\"udev_path\":\"/dev/sg0\",\"block_path\":\"/dev/sda\"}");
	expect_json(h, "block_sda",
		    "{\"capability\":\"storage\",\"is_assignable\":\"true\","
		    "\"parent\":\"scsi_1_0_0_0\",\"product\":\"Disk\","
		    "\"vendor\":\"ACME\"}");
	expect_json(h, "scsi_generic_sg0",
		    "{\"capability\":\"scsi_generic\",\"is_assignable\":\"true\","
		    "\"parent\":\"scsi_1_0_0_0\",\"udev_path\":\"/dev/sg0\"}");
}

static void other_devices_have_little(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "Box\n", "sys/devices/virtual/dmi/id/product_name");
	expect_json(h, "computer",
		    "{\"capability\":\"system\",\"is_assignable\":\"true\","
		    "\"product\":\"Box\"}");
	add_device(h, "class/net", "eth0", ROOT, "INTERFACE=eth0\n");
	tree_file(h->tree, "down\n", "sys/" ROOT "/eth0/operstate");
	expect_json(h, "net_eth0",
		    "{\"capability\":\"net\",\"is_assignable\":\"true\","
		    "\"parent\":\"computer\",\"interface\":\"eth0\"}");
}

static void the_list_has_them_all(void **state)
{
	static const char *const caps[] = { "net", "system", NULL };
	const struct vprep_node_filter filter = { .capabilities = caps };
	struct nodedev_host *h = *state;
	char *json = NULL;

	add_pci(h, "0000:00:1f.2", ROOT);
	add_device(h, "class/net", "eth0", ROOT "/0000:00:1f.2", "INTERFACE=eth0\n");
	tree_file(h->tree, "down\n", "sys/" ROOT "/0000:00:1f.2/eth0/operstate");
	assert_int_equal(vprep_node_devices_json(h->session, &filter, &json, &h->err), 0);
	assert_string_equal(json, "{\n"
				  "  \"computer\": {\n"
				  "    \"params\": {\n"
				  "      \"capability\": \"system\",\n"
				  "      \"is_assignable\": \"true\"\n"
				  "    }\n"
				  "  },\n"
				  "  \"net_eth0\": {\n"
				  "    \"params\": {\n"
				  "      \"capability\": \"net\",\n"
				  "      \"is_assignable\": \"true\",\n"
				  "      \"parent\": \"pci_0000_00_1f_2\",\n"
				  "      \"interface\": \"eth0\"\n"
				  "    }\n"
				  "  }\n"
				  "}");
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(a_pci_device_has_numbers_as_strings),
		NODEDEV_TEST(bridges_and_devices_that_do_not_answer_are_not_assignable),
		NODEDEV_TEST(types_of_mediated_devices_are_told),
		NODEDEV_TEST(a_usb_device_has_bus_and_device),
		NODEDEV_TEST(a_scsi_device_has_what_its_children_know),
		NODEDEV_TEST(other_devices_have_little),
		NODEDEV_TEST(the_list_has_them_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
