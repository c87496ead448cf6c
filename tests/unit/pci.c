// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/pci.h"

#include <errno.h>

#include "common/cleanup.h"
#include "test.h"

static void the_sysfs_form_goes_both_ways(void **state)
{
	static const struct {
		const char *text, *name;
		struct vprep_pci_address address;
	} good[] = {
		{ "0000:00:00.0", "pci_0000_00_00_0", { 0, 0, 0, 0 } },
		{ "0000:05:10.1", "pci_0000_05_10_1", { 0, 5, 0x10, 1 } },
		{ "ffff:ff:1f.7", "pci_ffff_ff_1f_7", { 0xffff, 0xff, 0x1f, 7 } },
		{ "10000:e1:00.0", "pci_10000_e1_00_0", { 0x10000, 0xe1, 0, 0 } },
		{ "ffffffff:ff:1f.7",
		  "pci_ffffffff_ff_1f_7",
		  { 0xffffffff, 0xff, 0x1f, 7 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(good); i++) {
		struct vprep_pci_address a = { 9, 9, 9, 9 };

		assert_int_equal(vprep_pci_address_parse(good[i].text, &a), 0);
		assert_true(vprep_pci_address_same(a, good[i].address));
		assert_string_equal(vprep_pci_address_text(a).s, good[i].text);
		assert_string_equal(vprep_pci_address_name(a).s, good[i].name);
	}
}

static const char *const not_sysfs[] = {
	"",
	"0",
	"05:10.1",
	"0000:05:10",
	"0000:05:10.",
	"0000:05:10.8",
	"0000:05:20.1",
	"0000:05:1g.1",
	"0000:5:10.1",
	"000:05:10.1",
	"0000:05:10.1 ",
	" 0000:05:10.1",
	"0000:05:10.1\n",
	"0000:05:10:1",
	"0000.05.10.1",
	"-000:05:10.1",
	"0x00:05:10.1",
	"+000:05:10.1",
	"0000:05:10.11",
	"0000:005:10.1",
	"0000:05:010.1",
	"0000::05:10.1",
	"../x:05:10.1",
	"0000:05:10.1/",
	"100000000:05:10.1",
	"0000:05:10.\x01",
	"pci_0000_05_10_1",
	"0000_05_10_1",
	"０000:05:10.1",
};

static void what_is_not_the_sysfs_form_is_invalid(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(not_sysfs); i++) {
		struct vprep_pci_address a = { 9, 9, 9, 9 };

		if (vprep_pci_address_parse(not_sysfs[i], &a) != -EINVAL)
			fail_msg("'%s' was taken", not_sysfs[i]);
		assert_true(vprep_pci_address_same(a, (struct vprep_pci_address){ 9, 9, 9,
										  9 }));
	}
}

/* What it takes is "exactly what vprep_pci_address_text() makes": a second spelling of
 * one device would be a second identity for whoever compares strings. */
static void surplus_digits_are_refused(void **state)
{
	static const char *const others[] = { "00000:05:10.1", "00010000:05:10.1" };
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(others); i++) {
		struct vprep_pci_address a;

		if (vprep_pci_address_parse(others[i], &a) != -EINVAL)
			fail_msg("'%s' was taken", others[i]);
	}
}

static void numbers_are_hexadecimal_with_leading_zeroes(void **state)
{
	struct vprep_pci_address a;

	(void)state;
	assert_int_equal(vprep_pci_address_parse("0010:08:09.7", &a), 0);
	assert_int_equal(a.domain, 0x10);
	assert_int_equal(a.bus, 8); /* neither octal nor refused */
	assert_int_equal(a.slot, 9);
}

static void hostile_lengths_are_invalid(void **state)
{
	struct vprep_pci_address a;
	char s[4001];
	size_t n;

	(void)state;
	memset(s, '0', sizeof(s) - 1);
	s[4000] = '\0';
	assert_int_equal(vprep_pci_address_parse(s, &a), -EINVAL);
	memcpy(s + 4000 - 8, ":05:10.1", 8);
	assert_int_equal(vprep_pci_address_parse(s, &a), -EINVAL);
	for (n = 1; n < 12; n++) { /* on the heap: a read past the end shows */
		char *cut = strndup("0000:05:10.1", n);

		assert_int_equal(vprep_pci_address_parse(cut, &a), -EINVAL);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_sysfs_form_goes_both_ways),
		TEST(what_is_not_the_sysfs_form_is_invalid),
		TEST(surplus_digits_are_refused),
		TEST(numbers_are_hexadecimal_with_leading_zeroes),
		TEST(hostile_lengths_are_invalid),
	};

	return cmocka_run_group_tests_name("pci", tests, NULL, NULL);
}
