// SPDX-License-Identifier: GPL-2.0-or-later
/* Values that a device, or whoever made a captured tree, chose to do harm. */
#include "test.h"

#include <errno.h>

#include "nodedev-fixture.h"

#define EVIL "</name><driver>\033[2J\x01\xff'\"&"
#define EVIL_XML                                                                         \
	"&lt;/name&gt;&lt;driver&gt;?[2J?"                                               \
	"?&apos;&quot;&amp;"
#define EVIL_ATTR_XML "&lt;/name&gt;&lt;driver&gt;[2J?&apos;&quot;&amp;"

static void markup_and_control_characters_are_defused(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-2", ROOT,
		   "MAJOR=1\nMINOR=2\nDEVNAME=" EVIL "\nDRIVER=" EVIL
		   "\nDEVTYPE=usb_device\nBUSNUM=-1\nDEVNUM=99999999999999999999\n");
	tree_file(h->tree, "S:" EVIL "\nE:ID_VENDOR_FROM_DATABASE=" EVIL "\n",
		  "run/udev/data/c1:2");
	tree_file(h->tree, EVIL "\n", "sys/" ROOT "/1-2/product");
	expect_xml(h, "usb_1_2",
		   "<name>usb_1_2</name><path>/sys/" ROOT "/1-2</path>"
		   "<devnode type='dev'>/dev/" EVIL_XML "</devnode>"
		   "<devnode type='link'>/dev/" EVIL_XML "</devnode>"
		   "<parent>computer</parent>"
		   "<driver><name>" EVIL_XML "</name></driver>"
		   "<capability type='usb_device'><bus>0</bus><device>0</device>"
		   "<product id='0x0000'>" EVIL_ATTR_XML "</product>"
		   "<vendor id='0x0000'>" EVIL_XML "</vendor></capability>");
}

static void json_is_defused_too(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-2", ROOT,
		   "DEVTYPE=usb_device\nBUSNUM=1\nDEVNUM=2\nDRIVER=\xc0\x80\"\x7f\n");
	expect_json(h, "usb_1_2",
		    "{\"capability\":\"usb_device\",\"is_assignable\":\"true\","
		    "\"driver\":\"??\\\"?\",\"parent\":\"computer\","
		    "\"address\":{\"bus\":\"1\",\"device\":\"2\"},"
		    "\"product_id\":\"0x0000\",\"vendor_id\":\"0x0000\"}");
}

static void names_and_paths_of_devices_are_defused(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-<\xff>", ROOT, "DEVTYPE=usb_device\n");
	expect_list(h, "usb_device", "usb_1____\n");
	expect_xml(h, "usb_1____",
		   "<name>usb_1____</name><path>/sys/" ROOT "/1-&lt;?&gt;</path>"
		   "<parent>computer</parent><capability type='usb_device'>"
		   "<bus>0</bus><device>0</device><product id='0x0000'/>"
		   "<vendor id='0x0000'/></capability>");
}

static void types_with_odd_names_are_kept_apart(void **state)
{
	struct nodedev_host *h = *state;
	char name[256];

	memset(name, 'x', 255);
	name[255] = '\0';
	add_device(h, "class/mtty", "mtty", ROOT, "");
	tree_file(h->tree, "a'b\n",
		  "sys/" ROOT "/mtty/mdev_supported_types/%s/device_api", "t%s'");
	tree_file(h->tree, "1\n",
		  "sys/" ROOT "/mtty/mdev_supported_types/%s/available_instances",
		  "t%s'");
	tree_file(h->tree, "4294967296\n",
		  "sys/" ROOT "/mtty/mdev_supported_types/%s/available_instances", name);
	tree_file(h->tree, "vfio-pci\n",
		  "sys/" ROOT "/mtty/mdev_supported_types/%s/device_api", name);
	expect_xml(h, "mtty_mtty",
		   "<name>mtty_mtty</name><path>/sys/" ROOT "/mtty</path>"
		   "<parent>computer</parent><capability type='mdev_types'>"
		   "<capability type='mdev_types'><type id='t%s&apos;'>"
		   "<deviceAPI>a&apos;b</deviceAPI>"
		   "<availableInstances>1</availableInstances></type></capability>"
		   "</capability>");
}

/* More than any attribute holds, folders and links in place of files. */
static void attributes_may_be_anything(void **state)
{
	static char large[100 * 1024];
	struct nodedev_host *h = *state;

	memset(large, 'x', sizeof(large) - 1);
	add_device(h, "bus/usb/devices", "1-2", ROOT, "DEVTYPE=usb_device\n");
	tree_file(h->tree, large, "sys/" ROOT "/1-2/manufacturer");
	tree_dir(h->tree, "sys/" ROOT "/1-2/product");
	tree_link(h->tree, "/etc/passwd", "sys/" ROOT "/1-2/idVendor");
	tree_link(h->tree, "idProduct", "sys/" ROOT "/1-2/idProduct");
	expect_xml(h, "usb_1_2",
		   "<name>usb_1_2</name><path>/sys/" ROOT "/1-2</path>"
		   "<parent>computer</parent><capability type='usb_device'>"
		   "<bus>0</bus><device>0</device><product id='0x0000'/>"
		   "<vendor id='0x0000'/></capability>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(markup_and_control_characters_are_defused),
		NODEDEV_TEST(json_is_defused_too),
		NODEDEV_TEST(names_and_paths_of_devices_are_defused),
		NODEDEV_TEST(types_with_odd_names_are_kept_apart),
		NODEDEV_TEST(attributes_may_be_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
