// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "host/anonymize.h"

#define MAC "52:54:00:12:34:56"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define SOME_MAC "02:00:00:00:00:01"
#define SOME_UUID "00000000-0000-4000-8000-000000000001"

static void expect(struct vprep_anonymize *c, const char *text, const char *want)
{
	char *got = vprep_anonymize_text(c, text);

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
	expect(c, MAC " 52:54:00:12:34:57 " MAC, SOME_MAC " 02:00:00:00:00:03 " SOME_MAC);
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
	assert_string_equal(vprep_anonymize_value(c, "S3X9NB0K"), "SECRET000001");
	assert_string_equal(vprep_anonymize_value(c, "S3X9NB0K"), "SECRET000001");
	assert_string_equal(vprep_anonymize_value(c, "0x5000c500a1b2c3d4"),
			    "0x0000000000000002");
	expect(c, "nvme-Disk_S3X9NB0K_1", "nvme-Disk_SECRET000001_1");
	expect(c, "wwn-0x5000C500A1B2C3D4-part1", "wwn-0x0000000000000002-part1");
	vprep_anonymize_free(c);
}

static void the_address_of_a_pci_device_is_no_secret(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	assert_string_equal(vprep_anonymize_value(c, "0000:06:00.0"), "0000:06:00.0");
	expect(c, "devices/0000:06:00.0/usb1", "devices/0000:06:00.0/usb1");
	vprep_anonymize_free(c);
}

static void the_longest_secret_wins(void **state)
{
	struct vprep_anonymize *c = vprep_anonymize_new();

	(void)state;
	vprep_anonymize_value(c, "ABC123");
	vprep_anonymize_value(c, "ABC123-X");
	expect(c, "ABC123-X ABC123", "SECRET000002 SECRET000001");
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
		TEST(the_address_of_a_pci_device_is_no_secret),
		TEST(the_longest_secret_wins),
		TEST(a_short_secret_is_replaced_in_its_place_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
