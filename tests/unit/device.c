// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of devices, and the table of their kinds. */
#include "model/device.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "test.h"

/* The hooks pass over a domain that seems to name no device. */
static void check_needed(const char *element, const char *type)
{
	_cleanup_free_ char *xml =
		type ? vprep_strf("<domain><%s type='%s'/></domain>", element, type)
		     : NULL;

	assert_true(!xml || vprep_domain_may_need_us(xml, strlen(xml)));
}

/* What every kind must have; a new one that lacks something is found here. */
static void the_row_of_each_kind_is_complete(void **state)
{
	const struct vprep_device_kind *const *k;

	(void)state;
	for (k = vprep_device_kinds; *k; k++) {
		const struct vprep_device_kind *kind = *k;

		assert_true(kind->type && kind->missing && kind->missing_hint);
		assert_true(kind->is_same && kind->text && kind->add_json);
		assert_true(kind->find && kind->add_to_qemu);
		assert_true(kind->read_hostdev || kind->read_source);
		assert_int_equal(kind->read_source != NULL,
				 kind->disk_type || kind->interface_type);
		check_needed("disk", kind->disk_type);
		check_needed("interface", kind->interface_type);
		assert_int_equal(kind->parse_name != NULL, kind->name_prefix != NULL);
		assert_int_equal(kind->qemu_bus != NULL, kind->qemu_bus_driver != NULL);
		assert_true(!kind->is_vfio || kind->look_for_guest);
		/* a group's members are looked at elsewhere; the other has no node */
		assert_int_equal(kind->look_for_uses == NULL,
				 kind->has_group || kind->shared_node);
	}
}

static void check_kind(const char *text, const struct vprep_device_kind *kind,
		       bool is_netdev)
{
	struct vprep_error err = { 0 };
	struct vprep_device name;

	if (vprep_device_parse_name(text, &name, &err) != 0)
		fail_msg("'%s' was refused: %s", text, err.message);
	assert_ptr_equal(name.kind, kind);
	assert_ptr_equal(name.asked.name, text);
	if (kind == &vprep_kind_pci)
		assert_ptr_equal(name.asked.pci.netdev, is_netdev ? text : NULL);
}

static void check_refused(const char *text)
{
	struct vprep_device name = { .name = "untouched" };
	struct vprep_error err = { 0 };
	const char *p;

	if (vprep_device_parse_name(text, &name, &err) != -EINVAL)
		fail_msg("'%.80s' was taken", text);
	assert_string_equal(name.name, "untouched");
	assert_int_equal(err.code, VPREP_E_USAGE);
	assert_int_equal(err.number, EINVAL);
	test_is_between((intmax_t)strlen(err.message), 10, 400);
	for (p = err.message; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	assert_int_equal(vprep_device_parse_name(text, &name, NULL), -EINVAL);
}

static void pci_devices_have_three_spellings(void **state)
{
	static const char *const spellings[] = { "pci_0000_05_10_1", "0000:05:10.1",
						 "05:10.1" };
	const struct vprep_pci_address want = { 0, 5, 0x10, 1 };
	struct vprep_device name;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(spellings); i++) {
		check_kind(spellings[i], &vprep_kind_pci, false);
		vprep_device_parse_name(spellings[i], &name, NULL);
		assert_true(vprep_pci_address_same(name.asked.pci.address, want));
	}
	check_kind("pci_10000_e1_00_0", &vprep_kind_pci, false);
	check_kind("10000:e1:00.0", &vprep_kind_pci, false);
	check_kind("pci_ffffffff_ff_1f_7", &vprep_kind_pci, false);
}

static void other_devices_go_by_their_prefix(void **state)
{
	(void)state;
	check_kind("mdev_c2177883-f1bb-47f0-914d-32a22e3a8804", &vprep_kind_mdev, false);
	check_kind("usb_1_1", &vprep_kind_usb, false);
	check_kind("scsi_0_0_0_0", &vprep_kind_scsi, false);
	check_kind("vdpa_vd0", &vprep_kind_vdpa, false);
	check_kind("vhost-vdpa-0", &vprep_kind_vdpa, false);
	check_kind("/dev/vhost-vdpa-12", &vprep_kind_vdpa, false);
}

static void what_the_kernel_takes_for_an_interface_is_one(void **state)
{
	static const char *const names[] = {
		"eth0",	  "enp5s0f1v0",	     "pci", "a",  "wlan-1.5",
		"br_lan", "fifteen-letters", "0",   "..."
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++)
		check_kind(names[i], &vprep_kind_pci, true);
}

static const char *const hostile[] = {
	"",
	".",
	"..",
	"../x",
	"/",
	"a/b",
	"/sys/bus",
	"a b",
	"a\tb",
	"a\nb",
	"\x1b[2J",
	"a\x7f",
	"sixteen-letters!",
	"eth0:1",
	"%s%n%s%n",
	"0000:05:10.8",
	"pci_0000_05_10_8",
	"pci_0000_05_10",
	"pci_",
	"pci_0000:05:10.1",
	"pci_100000000_05_10_1",
	"5:10.1",
	"05:10.1 ",
	"05:10",
	"05:20.1",
	"0000:05:10.1\n",
	"pci_0000_05_10_1/..",
	"pci_../../../x_1",
	"00:00:00:00:00:00",
	"/dev/vhost-vdpa-",
	"/dev/vhost-vdpa-x",
	"/dev/vhost-vdpa-0/..",
	"/dev/../dev/vhost-vdpa-0",
	"vdpa_../x",
};

static void hostile_names_are_refused_with_a_readable_message(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(hostile); i++) {
		if (strcmp(hostile[i], "%s%n%s%n") == 0)
			check_kind(hostile[i], &vprep_kind_pci,
				   true); /* odd, but one for the kernel */
		else
			check_refused(hostile[i]);
	}
}

static void four_thousand_characters_are_refused_shortly(void **state)
{
	static const char fill[] = { 'a', '/', '\x01', '\xff', '0', '_', '%' };
	char s[4001];
	size_t i;

	(void)state;
	s[4000] = '\0';
	for (i = 0; i < sizeof(fill); i++) {
		memset(s, fill[i], 4000);
		check_refused(s);
		memcpy(s, "pci_", 4);
		check_refused(s);
	}
}

static void a_prefix_does_not_open_the_door(void **state)
{
	static const char *const prefixes[] = { "mdev_", "usb_", "scsi_" };
	char s[4001];
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(prefixes); i++) {
		memset(s, 'x', 4000);
		s[4000] = '\0';
		memcpy(s, prefixes[i], strlen(prefixes[i]));
		check_refused(s);
	}
	check_refused("usb_1/../../x");
	check_refused("mdev_c2177883-f1bb-47f0-914d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_row_of_each_kind_is_complete),
		TEST(pci_devices_have_three_spellings),
		TEST(other_devices_go_by_their_prefix),
		TEST(what_the_kernel_takes_for_an_interface_is_one),
		TEST(hostile_names_are_refused_with_a_readable_message),
		TEST(four_thousand_characters_are_refused_shortly),
		TEST(a_prefix_does_not_open_the_door),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
