// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "host/anonymize.h"

#define MAC "52:54:00:12:34:56"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define SOME_MAC "02:00:00:00:00:01"
#define SOME_UUID "00000000-0000-4000-8000-000000000001"

static void expect(struct vprep_anonymize *c, const char *text, const char *want)
{
	char *got = vprep_anonymize_text(c, text, VPREP_ANONYMIZE_KERNEL);

	assert_string_equal(got, want);
	free(got);
}

static void addresses_and_uuids_are_found_anywhere(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	expect(c, "a=" MAC ",\n" MAC, "a=" SOME_MAC ",\n" SOME_MAC);
	vprep_anonymize_free(c);
	c = vprep_anonymize_new();
	expect(c, "devices/mtty/" UUID "/x", "devices/mtty/" SOME_UUID "/x");
	expect(c, "83B8F4F2-509F-382F-3C1E-E6BFE0FA1001", SOME_UUID);
	vprep_anonymize_free(c);
}

static void what_only_looks_like_them_stays(void **state)
{
	static const char *const texts[] = {
		"0000:05:10.1",
		"00:00:00:00:00:00",
		"ff:ff:ff:ff:ff:ff",
		"00000000-0000-0000-0000-000000000000",
		MAC ":78",
		"12:" MAC,
		"a" MAC,
		UUID "0",
		"52:54:00:12:34",
		"",
		"0x00000000fe000000 0x00000000fe01ffff 0x0000000000140204",
		"pci:v00008086d000010C9sv00001AF4sd00001100bc02sc00i00",
		"2:0:0:4611686018427387904",
		"2:0:0:0",
		"1-1:1.0",
		"10000:e1:00.0",
		"pci-0000:00:1f.2-usb-0:1.2:1.0-scsi-0:0:0:0",
		"6.12.9",
		"127.0.0.1",
		"255.255.255.0",
		"::1",
		"2025-01-02",
	};
	struct vprep_anonymize *c = vprep_anonymize_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		expect(c, texts[i], texts[i]);
	vprep_anonymize_free(c);
}

static void different_values_stay_different(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	expect(c, MAC " 52:54:00:12:34:57 " MAC, SOME_MAC " 02:00:00:00:00:02 " SOME_MAC);
	vprep_anonymize_free(c);
}

/* As in the names of interfaces and of USB serial numbers. */
static void an_address_without_its_colons_is_found(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	assert_string_equal(vprep_anonymize_value(c, MAC), SOME_MAC);
	expect(c, "enx525400123456", "enx020000000001");
	vprep_anonymize_free(c);
}

static void secrets_are_replaced_wherever_they_stand(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	assert_string_equal(vprep_anonymize_value(c, "S3X9NB0K"), "SE000001");
	assert_string_equal(vprep_anonymize_value(c, "S3X9NB0K"), "SE000001");
	expect(c, "nvme-Disk_S3X9NB0K_1", "nvme-Disk_SE000001_1");
	assert_string_equal(vprep_anonymize_value(c, "WD-WMC4M0123456X"),
			    "SECRET0000000002");
	vprep_anonymize_free(c);
}

/* Each notation by itself, so that no other one has told the secret. */
static void each_form_of_a_secret_is_known(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "52-54-00-12-34-56", "02-00-00-00-00-01" },
		{ "5254.0012.3456", "0200.0000.0001" },
		{ "/net/enx525400123456/", "/net/enx020000000001/" },
		{ "mac:52:54:00:12:34:56", "mac:02:00:00:00:00:01" },
		{ "50:54:00:ff:fe:12:34:56", "00:00:00:ff:fe:00:00:01" },
		{ "5054:00ff:fe12:3456", "0000:00ff:fe00:0001" },
		{ "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:12:34:57",
		  "80:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01" },
		{ "83b8f4f2_509f_382f_3c1e_e6bfe0fa1001",
		  "00000000_0000_4000_8000_000000000001" },
		{ "CRYPT-LUKS2-83b8f4f2509f382f3c1ee6bfe0fa1001-x",
		  "CRYPT-LUKS2-00000000000040008000000000000001-x" },
		{ "3aaa0122:29827cfa:5331ad66:ca767371",
		  "00000000:00004000:80000000:00000001" },
		{ "wwn-0x5000c500a1b2c3d4-part1", "wwn-0x5000000000000001-part1" },
		{ "scsi-35000c500a1b2c3d4", "scsi-35000000000000001" },
		{ "scsi-3600508b400105e210000900000490000",
		  "scsi-300000000000040008000000000000001" },
		{ "pci-0000:02:00.0-fc-0x5006016939a01234-lun-0",
		  "pci-0000:02:00.0-fc-0x5000000000000001-lun-0" },
		{ "nvme-eui.0025385b71b0a1b2", "nvme-eui.0000000000000001" },
		{ "naa.5000c500a1b2c3d4", "naa.5000000000000001" },
		{ "ip-192.168.7.9:3260-iscsi-iqn.2003-01.org.linux-iscsi.web1.x8664:"
		  "sn.4e4a1fc8a0cb-lun-1",
		  "ip-198.18.0.1:3260-iscsi-iqn.2000-01.invalid:2-lun-1" },
		{ "nqn.2014-08.org.nvmexpress:uuid:" UUID, "nqn.2000-01.invalid:1" },
		{ "ip=10.1.2.3::10.1.2.1", "ip=198.18.0.1::198.18.0.2" },
		{ "2001:db8:1::5054:ff:fe12:3456/64", "2000::1:0:ff:fe00:2/64" },
		{ "[fe80::5054:ff:fe12:3456%eth0]", "[fe80::ff:fe00:1%eth0]" },
		{ "fe80:0000:0000:0000:5054:00ff:fe12:3456", "fe80::ff:fe00:1" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vprep_anonymize *c = vprep_anonymize_new();

		expect(c, cases[i].text, cases[i].want);
		vprep_anonymize_free(c);
	}
}

static void a_secret_is_the_same_in_each_notation(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	expect(c,
	       MAC " 52-54-00-12-34-56 525400123456 5054:00ff:fe12:3456 "
		   "fe80::5054:ff:fe12:3456",
	       SOME_MAC " 02-00-00-00-00-01 020000000001 0000:00ff:fe00:0001 "
			"fe80::ff:fe00:1");
	expect(c, UUID " 83B8F4F2509F382F3C1EE6BFE0FA1001",
	       "00000000-0000-4000-8000-000000000003 00000000000040008000000000000003");
	vprep_anonymize_free(c);
}

static void the_name_of_the_host_is_a_word(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();
	char *words;

	(void)state;
	assert_int_equal(vprep_anonymize_host(c, "lark", false), 0);
	assert_int_equal(vprep_anonymize_host(c, "numa", true), 0);
	expect(c, "lark:0 /lark-vg/ LARK larks numa_node",
	       "SECRET000001:0 "
	       "/SECRET000001-vg/ "
	       "SECRET000001 larks "
	       "numa_node");
	expect(c, "numa", "numa");
	words = vprep_anonymize_text(c, "numa numa_node", VPREP_ANONYMIZE_WORDS);
	assert_string_equal(words, "SECRET000002 numa_node");
	free(words);
	vprep_anonymize_free(c);
}

static void the_address_of_a_pci_device_is_no_secret(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	assert_string_equal(vprep_anonymize_value(c, "0000:06:00.0"), "0000:06:00.0");
	assert_string_equal(vprep_anonymize_value(c, "0000:06:00"), "0000:06:00");
	expect(c, "devices/0000:06:00.0/usb1", "devices/0000:06:00.0/usb1");
	vprep_anonymize_free(c);
}

static void the_longest_secret_wins(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	vprep_anonymize_value(c, "ABC123");
	vprep_anonymize_value(c, "ABC123-X");
	expect(c, "ABC123-X ABC123", "SE000002 SECRET000001");
	vprep_anonymize_free(c);
}

/* "disk" may be somebody's serial number; it is a word in every other line, too. */
static void a_short_secret_is_replaced_in_its_place_only(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	assert_string_equal(vprep_anonymize_value(c, "disk"), "SECRET000001");
	assert_string_equal(vprep_anonymize_value(c, "12345"), "SECRET000002");
	expect(c, "DEVTYPE=disk 12345", "DEVTYPE=disk 12345");
	vprep_anonymize_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(addresses_and_uuids_are_found_anywhere),
		TEST(what_only_looks_like_them_stays),
		TEST(different_values_stay_different),
		TEST(an_address_without_its_colons_is_found),
		TEST(secrets_are_replaced_wherever_they_stand),
		TEST(each_form_of_a_secret_is_known),
		TEST(a_secret_is_the_same_in_each_notation),
		TEST(the_name_of_the_host_is_a_word),
		TEST(the_address_of_a_pci_device_is_no_secret),
		TEST(the_longest_secret_wins),
		TEST(a_short_secret_is_replaced_in_its_place_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
