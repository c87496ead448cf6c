// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of machines that have no PCI to speak of, and vDPA. */
#include "test.h"

#include "nodedev-fixture.h"

#define CSS "devices/css0/0.0.0001"
#define HEAD(name, path)                                                                 \
	"<name>" name "</name><path>/sys/" path "</path><parent>computer</parent>"

static void channel_devices_are_listed_when_online(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/css/devices", "0.0.0001", "devices/css0",
		   "DRIVER=io_subchannel\n");
	add_device(h, "bus/css/devices", "0.0.0002", "devices/css0", "DRIVER=chsc\n");
	add_device(h, "bus/ccw/devices", "0.0.1a2b", CSS, "");
	add_device(h, "bus/ccw/devices", "0.0.1a2c", CSS, "");
	tree_file(h->tree, "1\n", "sys/" CSS "/0.0.1a2b/online");
	tree_file(h->tree, "0\n", "sys/" CSS "/0.0.1a2c/online");
	tree_file(h->tree, "0.0.1a2b\n", "sys/" CSS "/dev_busid");
	expect_list(h, "ccw css", "ccw_0_0_1a2b\ncss_0_0_0001\n");
	expect_parent(h, "ccw_0_0_1a2b", "css_0_0_0001");
	expect_xml(
		h, "ccw_0_0_1a2b",
		"<name>ccw_0_0_1a2b</name><path>/sys/" CSS "/0.0.1a2b</path>"
		"<parent>css_0_0_0001</parent><capability type='ccw'>"
		"<cssid>0x0</cssid><ssid>0x0</ssid><devno>0x1a2b</devno></capability>");
#define SUBCHANNEL                                                                       \
	HEAD("css_0_0_0001", CSS)                                                        \
	"<driver><name>io_subchannel</name></driver><capability type='css'>"             \
	"<cssid>0x0</cssid><ssid>0x0</ssid><devno>0x0001</devno>"
	expect_xml(h, "css_0_0_0001",
		   SUBCHANNEL "<channel_dev_addr><cssid>0x0</cssid><ssid>0x0</ssid>"
			      "<devno>0x1a2b</devno></channel_dev_addr></capability>");
	tree_file(h->tree, "none\n", "sys/" CSS "/dev_busid");
	tree_file(h->tree, "vfio-ccw\n",
		  "sys/" CSS "/mdev_supported_types/vfio_ccw-io/device_api");
	tree_file(h->tree, "1\n",
		  "sys/" CSS "/mdev_supported_types/vfio_ccw-io/available_instances");
	expect_list(h, "mdev_types", "css_0_0_0001\n");
	expect_xml(h, "css_0_0_0001",
		   SUBCHANNEL
		   "<capability type='mdev_types'><type id='vfio_ccw-io'>"
		   "<deviceAPI>vfio-ccw</deviceAPI>"
		   "<availableInstances>1</availableInstances></type></capability>"
		   "</capability>");
}

static void cryptographic_adapters_are_listed(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/ap/devices", "card0a", "devices/ap", "DEVTYPE=ap_card\n");
	add_device(h, "bus/ap/devices", "0a.0106", "devices/ap/card0a",
		   "DEVTYPE=ap_queue\n");
	add_device(h, "bus/ap/devices", "cardxx", "devices/ap", "DEVTYPE=ap_card\n");
	add_device(h, "bus/matrix/devices", "matrix", "devices/vfio_ap", "");
	expect_list(h, "ap_card ap_queue ap_matrix",
		    "ap_0a_0106\nap_card0a\nap_matrix\n");
	expect_xml(
		h, "ap_card0a",
		HEAD("ap_card0a",
		     "devices/ap/card0a") "<capability type='ap_card'><ap-adapter>0x0a</ap-adapter></capability>");
	expect_xml(
		h, "ap_0a_0106",
		"<name>ap_0a_0106</name><path>/sys/devices/ap/card0a/0a.0106</path>"
		"<parent>ap_card0a</parent><capability type='ap_queue'>"
		"<ap-adapter>0x0a</ap-adapter><ap-domain>0x0106</ap-domain></capability>");
	expect_xml(h, "ap_matrix",
		   HEAD("ap_matrix",
			"devices/vfio_ap/matrix") "<capability type='ap_matrix'/>");
}

static void a_vdpa_device_has_the_node_of_its_child(void **state)
{
	struct nodedev_host *h = *state;

	add_device(h, "bus/vdpa/devices", "vdpa0", ROOT, "DRIVER=vhost_vdpa\n");
	expect_list(h, "vdpa", "");
	tree_dir(h->tree, "sys/" ROOT "/vdpa0/vhost-vdpa-0");
	expect_xml(
		h, "vdpa_vdpa0",
		HEAD("vdpa_vdpa0", ROOT
		     "/vdpa0") "<driver><name>vhost_vdpa</name></driver><capability type='vdpa'>"
			       "<chardev>/dev/vhost-vdpa-0</chardev></capability>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(channel_devices_are_listed_when_online),
		NODEDEV_TEST(cryptographic_adapters_are_listed),
		NODEDEV_TEST(a_vdpa_device_has_the_node_of_its_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
