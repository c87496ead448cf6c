// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "nodedev-fixture.h"

#define DEV "sys/" ROOT "/0000:00:03.0/"
#define NAME "pci_0000_00_03_0"
#define SPACE 0x8000

/* Data under construction. */
struct vpd {
	uint8_t bytes[SPACE];
	size_t len;
};

static void put(struct vpd *v, const void *bytes, size_t len)
{
	assert_true(v->len + len <= sizeof(v->bytes));
	memcpy(v->bytes + v->len, bytes, len);
	v->len += len;
}

static void put_head(struct vpd *v, uint8_t tag, size_t len)
{
	const uint8_t head[] = { tag, (uint8_t)len, (uint8_t)(len >> 8) };

	put(v, head, sizeof(head));
}

static void put_name(struct vpd *v, const char *name)
{
	put_head(v, 0x82, strlen(name));
	put(v, name, strlen(name));
}

static void put_field(struct vpd *v, const char *key, const char *value)
{
	uint8_t len = (uint8_t)strlen(value);

	put(v, key, 2);
	put(v, &len, 1);
	put(v, value, len);
}

/* The field that makes the sum of all bytes zero. */
static void put_checksum(struct vpd *v)
{
	uint8_t sum = 0;
	size_t i;

	put(v, "RV\001", 3);
	for (i = 0; i < v->len; i++)
		sum = (uint8_t)(sum + v->bytes[i]);
	sum = (uint8_t)-sum;
	put(v, &sum, 1);
}

static void put_end(struct vpd *v)
{
	put(v, "\x78", 1);
}

static int setup(void **state)
{
	int r = nodedev_setup(state);

	add_pci(*state, "0000:00:03.0", ROOT);
	return r;
}

static void expect_vpd(struct nodedev_host *h, const struct vpd *v, const char *want)
{
	char xml[2048];

	tree_bytes(h->tree, v->bytes, v->len, DEV "vpd");
	snprintf(xml, sizeof(xml),
		 "<name>" NAME "</name><path>/sys/" ROOT "/0000:00:03.0</path>"
		 "<parent>computer</parent><capability type='pci'><class>0x020000</class>"
		 "<domain>0</domain><bus>0</bus><slot>3</slot><function>0</function>"
		 "<product id='0x00a1'/><vendor id='0xfff1'/>%s</capability>",
		 want);
	expect_xml(h, NAME, xml);
	expect_list(h, "vpd", *want ? NAME "\n" : "");
}

static struct vpd whole(void)
{
	struct vpd v = { .len = 0 };

	put_name(&v, "ACME <NIC>");
	put_head(&v, 0x90, 3 + 4 + 3 + 5 + 3 + 2 + 3 + 1 + 3 + 2 + 3 + 1);
	put_field(&v, "PN", "42-X");
	put_field(&v, "SN", " 123 ");
	put_field(&v, "EC", "A1");
	put_field(&v, "V0", "v");
	put_field(&v, "ZZ", "\xff\xff");
	put_checksum(&v);
	return v;
}

#define WHOLE                                                                            \
	"<capability type='vpd'><name>ACME &lt;NIC&gt;</name>"                           \
	"<fields access='readonly'><change_level>A1</change_level>"                      \
	"<part_number>42-X</part_number><serial_number>123</serial_number>"              \
	"<vendor_field index='0'>v</vendor_field></fields>"

static void fields_are_told_in_libvirts_order(void **state)
{
	struct vpd v = whole();

	put_end(&v);
	expect_vpd(*state, &v, WHOLE "</capability>");
}

static void the_writable_part_is_told_too(void **state)
{
	struct vpd v = whole();

	put_head(&v, 0x91, 3 + 3 + 3 + 1 + 3 + 1 + 3 + 1 + 3 + 2);
	put_field(&v, "YA", "tag");
	put_field(&v, "YZ", "s");
	put_field(&v, "VA", "w");
	put_field(&v, "VA", "x");
	put_field(&v, "RW", "\001\002");
	put_end(&v);
	expect_vpd(*state, &v,
		   WHOLE
		   "<fields access='readwrite'><asset_tag>tag</asset_tag>"
		   "<vendor_field index='A'>x</vendor_field>"
		   "<system_field index='Z'>s</system_field></fields></capability>");
}

static void other_resources_are_skipped(void **state)
{
	struct vpd v = { .len = 0 };

	put_head(&v, 0x85, 300);
	v.len += 300;
	put(&v, "\x0b\x01\x02\x03", 4); /* a small one */
	put_name(&v, "N");
	put_head(&v, 0x90, 4);
	put_checksum(&v);
	put_end(&v);
	expect_vpd(*state, &v, "<capability type='vpd'><name>N</name></capability>");
}

static void a_value_that_is_no_text_is_left_out(void **state)
{
	struct vpd v = { .len = 0 };

	put_name(&v, "N");
	put_head(&v, 0x90, 3 + 2 + 3 + 1 + 4);
	put_field(&v, "PN", "\033[");
	put_field(&v, "SN", "1");
	put_checksum(&v);
	put_end(&v);
	expect_vpd(*state, &v,
		   "<capability type='vpd'><name>N</name><fields access='readonly'>"
		   "<serial_number>1</serial_number></fields></capability>");
}

static void damaged_data_is_none(void **state)
{
	struct nodedev_host *h = *state;
	struct vpd good = whole(), v;
	size_t i;

	put_end(&good);
	v = good;
	v.bytes[4]++; /* the checksum is wrong */
	expect_vpd(h, &v, "");
	for (i = 0; i < good.len; i += 3) { /* cut off */
		v = good;
		v.len = i;
		expect_vpd(h, &v, "");
	}
	v = good;
	v.bytes[14] = 0xff; /* the resource is longer than the data */
	v.bytes[15] = 0x7f;
	expect_vpd(h, &v, "");
	v = good;
	v.bytes[18] = 0xff; /* the field is longer than the resource */
	expect_vpd(h, &v, "");
	v = (struct vpd){ .len = SPACE }; /* no end */
	expect_vpd(h, &v, "");
	v = (struct vpd){ .len = 0 };
	put_name(&v, "without what may only be read");
	put_end(&v);
	expect_vpd(h, &v, "");
}

#define VPD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, nodedev_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VPD_TEST(fields_are_told_in_libvirts_order),
		VPD_TEST(the_writable_part_is_told_too),
		VPD_TEST(other_resources_are_skipped),
		VPD_TEST(a_value_that_is_no_text_is_left_out),
		VPD_TEST(damaged_data_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
