// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that the host uses by what their drivers make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "in-use-fixture.h"

static char driver_i915[] = "i915", driver_vfio[] = "mlx5_vfio_pci";

static void a_device_without_children_is_free(void **state)
{
	struct fixture *f = *state;

	tree_link(f->tree, "/dev/vfio/22", "proc/100/fd/3");
	expect_free(f);
}

static void an_empty_host_says_nothing(void **state)
{
	struct fixture *f = *state;

	tree_remove(f->tree, "sys/bus");
	expect_free(f);
}

static void a_bridge_is_asked_nothing(void **state)
{
	struct fixture *f = *state;

	f->device.header_type = 1;
	f->device.n_vfs = 3;
	expect_free(f);
}

static void a_pf_with_vfs_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.n_vfs = 7;
	expect_use(f, "has 7 virtual functions", "vfio-prep numvfs 0000:00:03.0 0",
		   false);
	f->device.n_vfs = 1;
	expect_use(f, "has 1 virtual function", "vfio-prep numvfs 0000:00:03.0 0", false);
}

/* It keeps the driver that makes it one. */
static void a_vf_that_is_a_vgpu_keeps_its_pf(void **state)
{
	static const char vf[] = "sys/devices/pci0000:00/0000:00:03.1";
	struct fixture *f = *state;

	f->device.n_vfs = 1;
	tree_device(f->tree, "bus/pci/devices", "0000:00:03.1", "devices/pci0000:00");
	tree_link(f->tree, "../0000:00:03.1", "sys/" HERE "/virtfn0");
	tree_link(f->tree, "../../../bus/pci/drivers/nvidia", "%s/driver", vf);
	tree_file(f->tree, "1155\n", "%s/nvidia/current_vgpu_type", vf);
	assert_int_equal(fixture_ask(f), 0);
	expect_among(f,
		     "its virtual function 0000:00:03.1 is prepared for a guest (on "
		     "nvidia)",
		     true);
	tree_thaw(f->tree);
	tree_file(f->tree, "0\n", "%s/nvidia/current_vgpu_type", vf);
	expect_use(f, "has 1 virtual function", "vfio-prep numvfs 0000:00:03.0 0", false);
}

static void a_vf_that_is_prepared_keeps_its_pf(void **state)
{
	struct fixture *f = *state;

	f->device.n_vfs = 1;
	tree_device(f->tree, "bus/pci/devices", "0000:00:03.1", "devices/pci0000:00");
	tree_link(f->tree, "../0000:00:03.1", "sys/" HERE "/virtfn0");
	tree_link(f->tree, "../../../bus/pci/drivers/vfio-pci",
		  "sys/bus/pci/devices/0000:00:03.1/driver");
	assert_int_equal(fixture_ask(f), 0);
	expect_among(f, "has 1 virtual function", false);
	expect_among(
		f,
		"its virtual function 0000:00:03.1 is prepared for a guest (on vfio-pci)",
		true);
	/* who bound it is not known here */
	assert_string_equal(f->uses.items[1].fix,
			    "vfio-prep detach 0000:00:03.1; if something else has bound "
			    "it, unbind it there");
}

#define USB4_LINK HERE "/consumer:pci:0000:00:04.0"

/* As those of USB4 need its host interface. */
static void a_device_whose_driver_others_need_is_in_use(void **state)
{
	static char driver[] = "thunderbolt";
	struct fixture *f = *state;

	f->device.driver = driver;
	tree_device(f->tree, "bus/pci/devices", "0000:00:04.0", "devices/pci0000:00");
	tree_link(f->tree, "../../../bus/pci/drivers/xhci_hcd",
		  "sys/bus/pci/devices/0000:00:04.0/driver");
	tree_file(f->tree, "active\n", "sys/" USB4_LINK "/status");
	expect_use(f, "0000:00:04.0 needs it, and would lose its driver xhci_hcd, too",
		   "unbind 0000:00:03.0 by hand, which takes that along, and bind both "
		   "again afterwards",
		   false);
	tree_thaw(f->tree);
	/* the link keeps it awake alone, as that from a display's sound to the display */
	tree_file(f->tree, "not tracked\n", "sys/" USB4_LINK "/status");
	expect_free(f);
}

static void a_vf_that_needs_its_pf_counts_once(void **state)
{
	static char driver[] = "xe";
	struct fixture *f = *state;

	f->device.driver = driver;
	tree_device(f->tree, "bus/pci/devices", "0000:00:04.0", "devices/pci0000:00");
	tree_link(f->tree, "../../../bus/pci/drivers/xe",
		  "sys/bus/pci/devices/0000:00:04.0/driver");
	tree_link(f->tree, "../0000:00:03.0", "sys/bus/pci/devices/0000:00:04.0/physfn");
	tree_file(f->tree, "active\n", "sys/" USB4_LINK "/status");
	expect_free(f);
}

#define CXL_ROOT "devices/platform/ACPI0017:00/root0"

static void add_cxl(struct fixture *f, const char *name, const char *devices)
{
	tree_device(f->tree, "bus/cxl/devices", name, devices);
}

/* One of two devices whose memory is interleaved. */
static void a_cxl_device_whose_memory_the_host_has_is_in_use(void **state)
{
	struct fixture *f = *state;

	f->device.class_code = 0x050210;
	add_cxl(f, "mem1", HERE);
	add_cxl(f, "mem0", "devices/pci0000:00/0000:00:04.0");
	add_cxl(f, "endpoint3", CXL_ROOT "/port1");
	add_cxl(f, "endpoint31", CXL_ROOT "/port1");
	add_cxl(f, "region0", CXL_ROOT);
	add_cxl(f, "region1", CXL_ROOT);
	tree_link(f->tree, "../mem1", "sys/bus/cxl/devices/endpoint31/uport");
	tree_link(f->tree, "../mem0", "sys/bus/cxl/devices/endpoint3/uport");
	tree_file(f->tree, "decoder3.0\n", "sys/bus/cxl/devices/region0/target0");
	tree_file(f->tree, "decoder31.0\n", "sys/bus/cxl/devices/region0/target1");
	tree_file(f->tree, "\n", "sys/bus/cxl/devices/region1/target0");
	tree_file(f->tree, "decoder31.1\n", "sys/bus/cxl/devices/region1/target1");
	tree_link(f->tree, "../cxl_region", "sys/bus/cxl/devices/region0/driver");
	expect_use(f, "the host has its memory (CXL region0)",
		   "cxl disable-region region0", true);
	tree_thaw(f->tree);
	tree_file(f->tree, "decoder311.0\n", "sys/bus/cxl/devices/region0/target1");
	expect_free(f);
}

static void add_console(struct fixture *f, const char *bound)
{
	f->device.class_code = 0x030000;
	f->device.driver = driver_i915;
	tree_file(f->tree, "1\n", "sys/" HERE "/boot_vga");
	tree_file(f->tree, "(S) dummy device\n", "sys/class/vtconsole/vtcon0/name");
	tree_file(f->tree, "1\n", "sys/class/vtconsole/vtcon0/bind");
	tree_file(f->tree, "(M) frame buffer device\n",
		  "sys/class/vtconsole/vtcon1/name");
	tree_file(f->tree, bound, "sys/class/vtconsole/vtcon1/bind");
}

static void the_consoles_card_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_console(f, "1\n");
	expect_use(f, "is the console's graphics card (vtcon1)",
		   "write 0 to the attribute bind of vtconsole vtcon1", false);
}

/* Only VGA devices have boot_vga: other cards are known by the first frame buffer. */
static void the_consoles_card_may_be_no_vga_device(void **state)
{
	struct fixture *f = *state;

	add_console(f, "1\n");
	f->device.class_code = 0x038000;
	tree_remove(f->tree, "sys/" HERE "/boot_vga");
	tree_device(f->tree, "class/graphics", "fb0", HERE "/graphics");
	expect_use(f, "is the console's graphics card (vtcon1)",
		   "write 0 to the attribute bind of vtconsole vtcon1", false);
}

static void another_cards_console_is_not_ours(void **state)
{
	struct fixture *f = *state;

	add_console(f, "1\n");
	tree_remove(f->tree, "sys/" HERE "/boot_vga");
	tree_device(f->tree, "bus/pci/devices", "0000:00:04.0", "devices/pci0000:00");
	tree_file(f->tree, "1\n", "sys/devices/pci0000:00/0000:00:04.0/boot_vga");
	tree_device(f->tree, "class/graphics", "fb0", HERE "/graphics");
	tree_device(f->tree, "class/graphics", "fb1",
		    "devices/pci0000:00/0000:00:04.0/graphics");
	expect_free(f);
	tree_thaw(f->tree);
	tree_remove(f->tree, "sys/class/graphics/fb0");
	expect_free(f);
}

static void a_card_without_its_console_is_free(void **state)
{
	struct fixture *f = *state;

	add_console(f, "0\n");
	expect_free(f);
}

static void a_boot_card_without_a_driver_is_free(void **state)
{
	struct fixture *f = *state;

	add_console(f, "1\n");
	f->device.driver = NULL;
	expect_free(f);
	f->device.driver = driver_vfio;
	expect_free(f);
}

static void add_usb(struct fixture *f, const char *class, const char *protocol)
{
	f->device.class_code = 0x0c0330;
	tree_device(f->tree, "bus/usb/devices", "1-2", HERE "/usb1");
	tree_file(f->tree, "Model\tM\n", "sys/" HERE "/usb1/1-2/product");
	tree_device(f->tree, "bus/usb/devices", "1-2:1.0", HERE "/usb1/1-2");
	tree_file(f->tree, class, "sys/" HERE "/usb1/1-2/1-2:1.0/bInterfaceClass");
	tree_file(f->tree, protocol, "sys/" HERE "/usb1/1-2/1-2:1.0/bInterfaceProtocol");
}

static void a_controller_with_a_keyboard_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_usb(f, "03\n", "01\n");
	expect_use(f, "a keyboard is plugged into it (usb 1-2, Model?M)",
		   "plug the keyboard into another controller", false);
}

static void a_controller_with_a_mouse_is_in_use(void **state)
{
	struct fixture *f = *state;

	add_usb(f, "03\n", "02\n");
	tree_remove(f->tree, "sys/" HERE "/usb1/1-2/product");
	expect_use(f, "a mouse is plugged into it (usb 1-2)",
		   "plug the mouse into another controller", false);
}

static void a_controller_with_anything_else_is_free(void **state)
{
	struct fixture *f = *state;

	add_usb(f, "08\n", "50\n");
	expect_free(f);
}

static void a_usb_device_that_is_exported_is_in_use(void **state)
{
	static const char what[] = "usb 1-2 is exported to other hosts by usbip";
	struct fixture *f = *state;

	tree_device(f->tree, "bus/usb/devices", "1-2", HERE "/usb1");
	tree_link(f->tree, "../../../../../bus/usb/drivers/usbip-host",
		  "sys/" HERE "/usb1/1-2/driver");
	f->device.class_code = 0x0c0330;
	expect_use(f, what, "usbip unbind --busid=1-2", false);
	assert_int_equal(vprep_in_use_below(f->scan, "1-2", &f->uses), 0);
	assert_int_equal(f->uses.n, 2);
	assert_string_equal(f->uses.items[1].what, what);
}

static void odd_usb_attributes_do_no_harm(void **state)
{
	struct fixture *f = *state;

	add_usb(f, "03\n", "ffffffffffffffffff\n");
	tree_device(f->tree, "bus/usb/devices", ":", HERE "/usb1");
	expect_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(a_device_without_children_is_free),
		USE_TEST(an_empty_host_says_nothing),
		USE_TEST(a_bridge_is_asked_nothing),
		USE_TEST(a_pf_with_vfs_is_in_use),
		USE_TEST(a_vf_that_is_a_vgpu_keeps_its_pf),
		USE_TEST(a_vf_that_is_prepared_keeps_its_pf),
		USE_TEST(a_device_whose_driver_others_need_is_in_use),
		USE_TEST(a_vf_that_needs_its_pf_counts_once),
		USE_TEST(a_cxl_device_whose_memory_the_host_has_is_in_use),
		USE_TEST(the_consoles_card_is_in_use),
		USE_TEST(the_consoles_card_may_be_no_vga_device),
		USE_TEST(another_cards_console_is_not_ours),
		USE_TEST(a_card_without_its_console_is_free),
		USE_TEST(a_boot_card_without_a_driver_is_free),
		USE_TEST(a_controller_with_a_keyboard_is_in_use),
		USE_TEST(a_controller_with_a_mouse_is_in_use),
		USE_TEST(a_controller_with_anything_else_is_free),
		USE_TEST(a_usb_device_that_is_exported_is_in_use),
		USE_TEST(odd_usb_attributes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
