// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices a person's words pick, and how they are shown. */
#include "device-table.h"
#include "command-test.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct vprep_host_device items[] = {
	{ .name = "0000:00:1c.0",
	  .node_name = "pci_0000_00_1c_0",
	  .capability = "pci",
	  .model = "Intel Root Port",
	  .known_as = "",
	  .driver = "pcieport",
	  .class_code = 0x060400,
	  .group = 3,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_STAYS,
	  .why = "a bridge" },
	{ .name = "0000:05:00.0",
	  .node_name = "pci_0000_05_00_0",
	  .capability = "pci",
	  .model = "Intel 82576 Gigabit Network Connection",
	  .known_as = "ens5 ens6",
	  .driver = "igb",
	  .class_code = 0x020000,
	  .group = 12,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_IN_USE,
	  .why = "ens5 is up" },
	{ .name = "0000:05:10.1",
	  .node_name = "pci_0000_05_10_1",
	  .capability = "pci",
	  .model = "Intel 82576 Virtual Function",
	  .known_as = "",
	  .physfn = "0000:05:00.0",
	  .class_code = 0x020000,
	  .group = 14,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_FREE },
	{ .name = "0000:05:10.3",
	  .node_name = "pci_0000_05_10_3",
	  .capability = "pci",
	  .known_as = "",
	  .driver = "vfio-pci",
	  .physfn = "0000:05:00.0",
	  .class_code = 0x020000,
	  .group = 15,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_OWNED,
	  .owner = "owner 'manual'",
	  .owner_kind = "manual" },
	{ .name = "usb_1_2",
	  .node_name = "usb_1_2",
	  .capability = "usb_device",
	  .model = "QEMU Tablet",
	  .known_as = "",
	  .driver = "usb",
	  .group = -1,
	  .numa_node = -1,
	  .state = VPREP_HOST_DEVICE_OWNED,
	  .owner = "domain 'web1'",
	  .owner_kind = "domain" },
};

static const struct vprep_host_devices devices = { VPREP_ARRAY_SIZE(items), items };

/* @expected: a digit for each device, in their order. */
static void picks(const char *const *words, const char *expected)
{
	char picked[VPREP_ARRAY_SIZE(items) + 1] = "";

	for (size_t i = 0; i < devices.n; i++)
		picked[i] = vprep_device_is_picked(&items[i], words) ? '1' : '0';
	assert_string_equal(picked, expected);
}

static void words_of_one_sort_are_alternatives_and_sorts_narrow_down(void **state)
{
	(void)state;
	picks(NULL, "11111");
	picks(WORDS("nic"), "01110");
	picks(WORDS("nic", "usb"), "01111");
	picks(WORDS("vf"), "00110");
	picks(WORDS("nic", "free"), "00100");
	picks(WORDS("free", "owned"), "00111");
	picks(WORDS("mine"), "00010");
	picks(WORDS("in-use"), "01000");
	picks(WORDS("bridge", "free"), "00000");
}

static void a_device_has_many_names(void **state)
{
	(void)state;
	picks(WORDS("0000:05:10.1"), "00100");
	picks(WORDS("05:10.1"), "00100");
	picks(WORDS("pci_0000_05_10_1"), "00100");
	picks(WORDS("05:10.1", "usb_1_2"), "00101");
	picks(WORDS("05:10.*"), "00110");
	picks(WORDS("ens6"), "01000");
	picks(WORDS("/dev/ens6"), "01000");
	picks(WORDS("*82576*"), "01100");
	picks(WORDS("intel*", "free"), "00100");
	picks(WORDS("Intel"), "00000"); /* no pattern, and no name */
}

static void a_word_that_means_nothing_is_found(void **state)
{
	(void)state;
	assert_null(vprep_device_idle_word(&devices, WORDS("gpu", "free", "05:10.*")));
	assert_string_equal(vprep_device_idle_word(&devices, WORDS("nic", "ens7")),
			    "ens7");
	assert_null(vprep_device_idle_word(&devices, NULL));
}

static void table_is(const char *const *words, unsigned width, const char *expected)
{
	struct vprep_out out;
	_cleanup_free_ char *text = NULL;

	out_begin(&out, width);
	vprep_device_table_print(&devices, words, &out);
	text = out_end(&out);
	assert_string_equal(text, expected);
}

static void columns_in_which_nothing_stands_are_left_out(void **state)
{
	(void)state;
	table_is(
		WORDS("vf"), 0,
		"DEVICE        WHAT                          DRIVER    GROUP  WHO HAS IT\n"
		"0000:05:10.1  Intel 82576 Virtual Function               14  free\n"
		"0000:05:10.3                                vfio-pci     15  owner "
		"'manual'\n");
	table_is(WORDS("usb"), 0,
		 "DEVICE   WHAT         DRIVER  WHO HAS IT\n"
		 "usb_1_2  QEMU Tablet  usb     domain 'web1'\n");
	table_is(WORDS("gpu"), 0, "no such device\n");
}

static void a_narrow_terminal_shortens_what_a_device_is(void **state)
{
	(void)state;
	table_is(
		WORDS("nic", "in-use", "free"), 80,
		"DEVICE        WHAT                    KNOWN AS   DRIVER  GROUP  WHO HAS "
		"IT\n"
		"0000:05:00.0  Intel 82576 Gigabit...  ens5 ens6  igb        12  host: ens5 is "
		"up\n"
		"0000:05:10.1  Intel 82576 Virtual...                        14  free\n");
}

static void a_wide_terminal_is_filled_by_rows_and_not_by_prose(void **state)
{
	struct vprep_out out;
	_cleanup_free_ char *text = NULL;

	(void)state;
	out_begin(&out, 40);
	out.terminal = 110;
	vprep_device_table_print(&devices, WORDS("in-use"), &out);
	vprep_out_wrapped(&out, 0, 0, "a sentence that is longer than is easy to read");
	text = out_end(&out);
	assert_string_equal(
		text, "DEVICE        WHAT                                    KNOWN AS   "
		      "DRIVER  GROUP  WHO HAS IT\n"
		      "0000:05:00.0  Intel 82576 Gigabit Network Connection  ens5 ens6  "
		      "igb        12  host: ens5 is up\n"
		      "a sentence that is longer than is easy\n"
		      "to read\n");
}

static void a_class_is_known_by_its_word(void **state)
{
	(void)state;
	assert_string_equal(vprep_device_class_word(0x010802), "nvme");
	assert_string_equal(vprep_device_class_word(0x010700), "storage");
	assert_string_equal(vprep_device_class_word(0x0c0400), "storage");
	assert_null(vprep_device_class_word(0x0c0500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_of_one_sort_are_alternatives_and_sorts_narrow_down),
		TEST(a_device_has_many_names),
		TEST(a_word_that_means_nothing_is_found),
		TEST(a_class_is_known_by_its_word),
		TEST(columns_in_which_nothing_stands_are_left_out),
		TEST(a_narrow_terminal_shortens_what_a_device_is),
		TEST(a_wide_terminal_is_filled_by_rows_and_not_by_prose),
	};

	return cmocka_run_group_tests_name("device-table", tests, NULL, NULL);
}
