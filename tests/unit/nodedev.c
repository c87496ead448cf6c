// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of devices that are not PCI. */
#include "test.h"

#include <errno.h>

#include "nodedev-fixture.h"

#define HEAD(name, path)                                                                 \
	"<name>" name "</name><path>/sys/" path "</path><parent>computer</parent>"

static void the_computer_has_its_firmwares_word(void **state)
{
	struct nodedev_host *h = *state;

	expect_xml(h, "computer",
		   "<name>computer</name><capability type='system'><hardware>"
		   "<uuid>00000000-0000-0000-0000-000000000000</uuid></hardware>"
		   "<firmware/></capability>");
	tree_file(h->tree, "Box & Co\n", "sys/devices/virtual/dmi/id/product_name");
	tree_file(h->tree, "V\n", "sys/devices/virtual/dmi/id/sys_vendor");
	tree_file(h->tree, "\n", "sys/devices/virtual/dmi/id/product_serial");
	tree_file(h->tree, "4C4C4544-0042-3510-8046-B4C04F343732\n",
		  "sys/devices/virtual/dmi/id/product_uuid");
	tree_file(h->tree, "01/02/2026\n", "sys/devices/virtual/dmi/id/bios_date");
	expect_xml(h, "computer",
		   "<name>computer</name><capability type='system'>"
		   "<product>Box &amp; Co</product><hardware><vendor>V</vendor>"
		   "<uuid>4c4c4544-0042-3510-8046-b4c04f343732</uuid></hardware>"
		   "<firmware><release_date>01/02/2026</release_date></firmware>"
		   "</capability>");
	tree_file(h->tree, "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n",
		  "sys/devices/virtual/dmi/id/product_uuid");
	tree_remove(h->tree, "sys/devices/virtual/dmi/id/product_name");
	tree_remove(h->tree, "sys/devices/virtual/dmi/id/sys_vendor");
	expect_xml(h, "computer",
		   "<name>computer</name><capability type='system'><hardware>"
		   "<uuid>00000000-0000-0000-0000-000000000000</uuid></hardware>"
		   "<firmware><release_date>01/02/2026</release_date></firmware>"
		   "</capability>");
}

static void a_usb_device_is_named_by_udevd_or_by_itself(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-2", ROOT,
		   "MAJOR=189\nMINOR=1\nDEVNAME=bus/usb/001/002\nDEVTYPE=usb_device\n"
		   "DRIVER=usb\nBUSNUM=001\nDEVNUM=012\n");
	tree_file(h->tree, "0627\n", "sys/" ROOT "/1-2/idVendor");
	tree_file(h->tree, "0001\n", "sys/" ROOT "/1-2/idProduct");
	tree_file(h->tree, "QEMU\n", "sys/" ROOT "/1-2/manufacturer");
#define USB HEAD_USB "<capability type='usb_device'><bus>1</bus><device>12</device>"
#define HEAD_USB                                                                         \
	"<name>usb_1_2</name><path>/sys/" ROOT "/1-2</path>"                             \
	"<devnode type='dev'>/dev/bus/usb/001/002</devnode><parent>computer</parent>"    \
	"<driver><name>usb</name></driver>"
	expect_xml(h, "usb_1_2",
		   USB "<product id='0x0001'/><vendor id='0x0627'>QEMU</vendor>"
		       "</capability>");
	tree_file(
		h->tree,
		"E:ID_VENDOR_ID=0628\nE:ID_MODEL_ID=0002\nE:ID_VENDOR_FROM_DATABASE=Adomax\n"
		"E:ID_MODEL_FROM_DATABASE=Tablet\nS:input/tablet\n",
		"run/udev/data/c189:1");
	/* where it is plugged in: behind a hub, which is a number with dots */
	tree_file(h->tree, "2.1\n", "sys/" ROOT "/1-2/devpath");
	expect_xml(
		h, "1-2",
		"<name>usb_1_2</name><path>/sys/" ROOT "/1-2</path>"
		"<devnode type='dev'>/dev/bus/usb/001/002</devnode>"
		"<devnode type='link'>/dev/input/tablet</devnode>"
		"<parent>computer</parent><driver><name>usb</name></driver>"
		"<capability type='usb_device'><bus>1</bus><device>12</device>"
		"<port>2.1</port><product id='0x0002'>Tablet</product><vendor id='0x0628'>Adomax</vendor>"
		"</capability>");
}

static void a_usb_interface_has_its_class(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/usb/devices", "1-2:1.0", ROOT, "DEVTYPE=usb_interface\n");
	tree_file(h->tree, "0a\n", "sys/" ROOT "/1-2:1.0/bInterfaceNumber");
	tree_file(h->tree, "ff\n", "sys/" ROOT "/1-2:1.0/bInterfaceClass");
	tree_file(h->tree, "06\n", "sys/" ROOT "/1-2:1.0/bInterfaceSubClass");
	tree_file(h->tree, "50\n", "sys/" ROOT "/1-2:1.0/bInterfaceProtocol");
	expect_xml(
		h, "usb_1_2_1_0",
		HEAD("usb_1_2_1_0", ROOT
		     "/1-2:1.0") "<capability type='usb'><number>10</number><class>255</class>"
				 "<subclass>6</subclass><protocol>80</protocol></capability>");
}

static void add_net(struct nodedev_host *h, const char *address, const char *state)
{
	add_device(h, "class/net", "eth0", ROOT, "INTERFACE=eth0\n");
	tree_file(h->tree, address, "sys/" ROOT "/eth0/address");
	tree_file(h->tree, state, "sys/" ROOT "/eth0/operstate");
}

static void only_an_interface_that_is_up_has_a_speed(void **state)
{
	struct nodedev_host *h = *state;

	add_net(h, "02:00:00:00:00:01\n", "up\n");
	tree_file(h->tree, "25000\n", "sys/" ROOT "/eth0/speed");
#define NET(link)                                                                        \
	HEAD("net_eth0_02_00_00_00_00_01", ROOT "/eth0")                                 \
	"<capability type='net'><interface>eth0</interface>"                             \
	"<address>02:00:00:00:00:01</address>" link "<capability type='80203'/>"         \
	"</capability>"
	expect_xml(h, "eth0", NET("<link speed='25000' state='up'/>"));
	tree_file(h->tree, "-1\n", "sys/" ROOT "/eth0/speed");
	expect_xml(h, "eth0", NET("<link state='up'/>"));
	tree_file(h->tree, "4294967295\n", "sys/" ROOT "/eth0/speed");
	expect_xml(h, "eth0", NET("<link state='up'/>"));
	tree_file(h->tree, "lowerlayerdown\n", "sys/" ROOT "/eth0/operstate");
	tree_file(h->tree, "1000\n", "sys/" ROOT "/eth0/speed");
	expect_xml(h, "eth0", NET("<link state='lowerlayerdown'/>"));
}

static void an_address_that_is_no_mac_is_left_out(void **state)
{
	struct nodedev_host *h = *state;

	add_net(h, "00:00:00:00\n", "down\n");
	expect_xml(
		h, "eth0",
		HEAD("net_eth0_00_00_00_00", ROOT
		     "/eth0") "<capability type='net'><interface>eth0</interface>"
			      "<link state='down'/><capability type='80203'/></capability>");
}

static void rdma_is_a_feature_of_the_same_device(void **state)
{
	struct nodedev_host *h = *state;

	add_net(h, "02:00:00:00:00:01\n", "down\n");
	tree_link(h->tree, "../0000:00:03.0", "sys/" ROOT "/eth0/device");
	tree_link(h->tree, "../../../0000:00:04.0", "sys/class/infiniband/mlx5_0/device");
	expect_xml(h, "eth0", NET("<link state='down'/>"));
	tree_link(h->tree, "../../../0000:00:03.0", "sys/class/infiniband/mlx5_1/device");
	expect_xml(h, "eth0", NET("<link state='down'/><feature name='rdma'/>"));
}

static void a_fibre_channel_host_tells_its_names(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/scsi/devices", "host12", ROOT, "DEVTYPE=scsi_host\n");
#define HOST                                                                             \
	HEAD("scsi_host12", ROOT "/host12") "<capability type='scsi_host'><host>12</host>"
	expect_xml(h, "scsi_host12", HOST "</capability>");
	tree_file(h->tree, "3\n", "sys/class/scsi_host/host12/unique_id");
	tree_file(h->tree, "0x2000000000000001\n", "sys/class/fc_host/host12/port_name");
	expect_xml(h, "scsi_host12", HOST "<unique_id>3</unique_id></capability>");
	tree_file(h->tree, "0x2000000000000002\n", "sys/class/fc_host/host12/node_name");
	tree_file(h->tree, "0x0\n", "sys/class/fc_host/host12/fabric_name");
#define FC                                                                               \
	HOST "<unique_id>3</unique_id><capability type='fc_host'>"                       \
	     "<wwnn>2000000000000002</wwnn><wwpn>2000000000000001</wwpn>"
	expect_xml(h, "scsi_host12", FC "</capability></capability>");
	tree_file(h->tree, "0x2000000000000003\n",
		  "sys/class/fc_host/host12/fabric_name");
	tree_file(h->tree, "", "sys/class/fc_host/host12/vport_create");
	/* what is incomplete would mislead */
	expect_xml(h, "scsi_host12", HOST "<unique_id>3</unique_id></capability>");
	tree_file(h->tree, "127\n", "sys/class/fc_host/host12/max_npiv_vports");
	tree_file(h->tree, "2\n", "sys/class/fc_host/host12/npiv_vports_inuse");
	expect_xml(h, "scsi_host12",
		   FC "<fabric_wwn>2000000000000003</fabric_wwn></capability>"
		      "<capability type='vport_ops'><max_vports>127</max_vports>"
		      "<vports>2</vports></capability></capability>");
}

static void a_target_may_be_behind_a_remote_port(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/scsi/devices", "target1:0:0", ROOT "/host1/rport-1:0-2",
		   "DEVTYPE=scsi_target\n");
	tree_file(h->tree, "0x5000000000000001\n",
		  "sys/class/fc_remote_ports/rport-1:0-2/port_name");
	expect_xml(
		h, "target1:0:0",
		HEAD("scsi_target1_0_0", ROOT
		     "/host1/rport-1:0-2/target1:0:0") "<capability type='scsi_target'><target>target1:0:0</target>"
						       "<capability type='fc_remote_port'><rport>rport-1:0-2</rport>"
						       "<wwpn>0x5000000000000001</wwpn></capability></capability>");
}

static void a_scsi_device_has_a_type(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/scsi/devices", "1:0:2:281474976710656", ROOT,
		   "DEVTYPE=scsi_device\nDRIVER=sd\n");
	tree_file(h->tree, "13\n", "sys/" ROOT "/1:0:2:281474976710656/type");
	expect_xml(
		h, "scsi_1_0_2_281474976710656",
		HEAD("scsi_1_0_2_281474976710656", ROOT
		     "/1:0:2:281474976710656") "<driver><name>sd</name></driver><capability type='scsi'>"
					       "<host>1</host><bus>0</bus><target>2</target>"
					       "<lun>281474976710656</lun><type>enclosure</type></capability>");
	add_device(h, "bus/scsi/devices", "1:0:x:0", ROOT, "DEVTYPE=scsi_device\n");
	expect_list(h, "scsi", "scsi_1_0_2_281474976710656\n");
}

static void a_generic_node_is_its_node(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "class/scsi_generic", "sg3", ROOT, "DEVNAME=sg3\n");
	expect_xml(h, "scsi_generic_sg3",
		   "<name>scsi_generic_sg3</name><path>/sys/" ROOT "/sg3</path>"
		   "<devnode type='dev'>/dev/sg3</devnode><parent>computer</parent>"
		   "<capability type='scsi_generic'><char>/dev/sg3</char></capability>");
}

static void a_drm_node_is_told_by_its_number(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "class/drm", "renderD128", ROOT,
		   "MAJOR=226\nMINOR=128\nDEVNAME=dri/renderD128\nDEVTYPE=drm_minor\n");
	add_device(h, "class/drm", "card0-HDMI", ROOT, "DEVTYPE=drm_connector\n");
	add_device(h, "class/drm", "accel0", ROOT,
		   "MAJOR=261\nMINOR=192\nDEVTYPE=drm_minor\n");
	expect_list(h, "drm", "drm_renderD128\n");
	expect_xml(h, "drm_renderD128",
		   "<name>drm_renderD128</name><path>/sys/" ROOT "/renderD128</path>"
		   "<devnode type='dev'>/dev/dri/renderD128</devnode>"
		   "<parent>computer</parent><capability type='drm'><type>render</type>"
		   "</capability>");
}

static void a_mediated_device_names_type_parent_and_group(void **state)
{
	static const char uuid[] = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
	struct nodedev_host *h = *state;

	add_device(h, "bus/mdev/devices", uuid, ROOT "/0000:00:03.0", "DRIVER=nvidia\n");
	tree_link(h->tree, "../mdev_supported_types/nvidia-11",
		  "sys/" ROOT "/0000:00:03.0/%s/mdev_type", uuid);
	tree_link(h->tree, "../../../../kernel/iommu_groups/26",
		  "sys/" ROOT "/0000:00:03.0/%s/iommu_group", uuid);
#define MDEV "mdev_83b8f4f2_509f_382f_3c1e_e6bfe0fa1001_0000_00_03_0"
	expect_xml(
		h, uuid,
		HEAD(MDEV, ROOT
		     "/0000:00:03.0/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001") "<driver><name>nvidia</name></driver><capability type='mdev'>"
									   "<type id='nvidia-11'/><uuid>83b8f4f2-509f-382f-3c1e-e6bfe0fa1001</uuid>"
									   "<parent_addr>0000:00:03.0</parent_addr><iommuGroup number='26'/>"
									   "</capability>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(the_computer_has_its_firmwares_word),
		NODEDEV_TEST(a_usb_device_is_named_by_udevd_or_by_itself),
		NODEDEV_TEST(a_usb_interface_has_its_class),
		NODEDEV_TEST(only_an_interface_that_is_up_has_a_speed),
		NODEDEV_TEST(an_address_that_is_no_mac_is_left_out),
		NODEDEV_TEST(rdma_is_a_feature_of_the_same_device),
		NODEDEV_TEST(a_fibre_channel_host_tells_its_names),
		NODEDEV_TEST(a_target_may_be_behind_a_remote_port),
		NODEDEV_TEST(a_scsi_device_has_a_type),
		NODEDEV_TEST(a_generic_node_is_its_node),
		NODEDEV_TEST(a_drm_node_is_told_by_its_number),
		NODEDEV_TEST(a_mediated_device_names_type_parent_and_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
