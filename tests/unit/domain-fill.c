// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices written into a document, of which every other byte stays. */
#include "xml/domain-fill.h"

#include "domain-test.h"

#define OPEN "<domain xmlns:vp='urn:vfio-prep:1'><name>vm</name>"
#define NAMED(devices) "<metadata><vp:prepare>" devices "</vp:prepare></metadata>"
#define HOSTDEV(bus, slot, function)                                                     \
	"<hostdev mode='subsystem' type='pci' managed='no'><source><address "            \
	"domain='0x0000' bus='0x" bus "' slot='0x" slot "' function='0x" function        \
	"'/></source></hostdev>"

static const struct vprep_pci_address chosen[] = {
	{ 0, 0x05, 0x10, 1 },
	{ 0x10000, 0x06, 0x00, 7 },
};

/* As the session does it: what is there already has the element of its address. */
static int fill(const char *text, char **ret)
{
	struct vprep_domain_fill fills[2] = { { NULL } };
	struct vprep_domain *domain;
	size_t i, k;
	int r = domain_parse(text, strlen(text), &domain);

	if (r < 0)
		return r;
	assert_true(domain->n_named <= VPREP_ARRAY_SIZE(fills));
	for (i = 0; i < domain->n_named; i++) {
		fills[i].named = &domain->named[i];
		fills[i].address = chosen[i];
		for (k = 0; k < domain->devices.n; k++) {
			const struct vprep_device_asked *asked =
				&domain->devices.items[k].asked;

			if (domain->devices.items[k].kind == &vprep_kind_pci &&
			    asked->pci.declared &&
			    vprep_pci_address_same(asked->pci.address,
						   domain->named[i].address))
				fills[i].element = asked->pci.element;
		}
	}
	r = vprep_domain_fill(text, strlen(text), fills, domain->n_named, ret,
			      &domain_error);
	vprep_domain_free(domain);
	return r;
}

static void fills_to(const char *text, const char *expected)
{
	_cleanup_free_ char *filled = NULL;

	if (fill(text, &filled) < 0)
		fail_msg("%s: %s", text, domain_error.message);
	assert_string_equal(filled, expected);
}

static void the_address_and_a_hostdev_are_added(void **state)
{
	(void)state;
	fills_to(
		OPEN NAMED("<vp:device name='a'/>") "<devices/></domain>",
		OPEN NAMED("<vp:device name='a' address='0000:05:10.1'/>") "<devices>" HOSTDEV(
			"05", "10", "1") "</devices></domain>");
	/* the metadata may stand behind the devices, and the namespace be any prefix's */
	fills_to(
		"<domain><name>vm</name><devices><disk/></devices><metadata>"
		"<prepare xmlns='urn:vfio-prep:1'><device name=\"a\"></device><device\n"
		"name='b' /></prepare></metadata></domain>\n",
		"<domain><name>vm</name><devices><disk/>" HOSTDEV(
			"05", "10",
			"1") "<hostdev mode='subsystem' type='pci' managed='no'><source>"
			     "<address domain='0x10000' bus='0x06' slot='0x00' "
			     "function='0x7'/></source></hostdev></devices><metadata>"
			     "<prepare xmlns='urn:vfio-prep:1'><device name=\"a\" "
			     "address='0000:05:10.1'></device><device\nname='b' "
			     "address='10000:06:00.7' /></prepare></metadata></domain>\n");
}

static void each_stands_in_a_line_if_the_end_does(void **state)
{
	(void)state;
	fills_to(
		OPEN NAMED("<vp:device name='a'/>") "\n\t<devices>\n\t</devices>"
						    "</domain>",
		OPEN NAMED("<vp:device name='a' address='0000:05:10.1'/>") "\n\t<devices>\n\t  " HOSTDEV(
			"05", "10", "1") "\n\t</devices>"
					 "</domain>");
}

/* Comments, CDATA and values may look like elements. */
static void what_only_looks_like_an_element_stays(void **state)
{
#define ODD                                                                              \
	"<!-- <vp:device name='a'/> </devices> --><title><![CDATA[<vp:device "           \
	"name='a'/>]]></title><?x <vp:device name='a'/>?><description a='&lt;devices>' " \
	"b=\"/>'\"/>"
	(void)state;
	fills_to(OPEN ODD NAMED("<vp:device name='a'/>") "<devices>" ODD "</devices>" ODD
							 "</domain>",
		 OPEN ODD NAMED(
			 "<vp:device name='a' address='0000:05:10.1'/>") "<devices>" ODD
			 HOSTDEV("05", "10", "1") "</devices>" ODD "</domain>");
}

#define THERE(bus, slot, function)                                                       \
	"<hostdev mode='subsystem' type='pci' managed='yes'><!-- mine --><source>"       \
	"<address function=\"" function "\"  slot='" slot "' bus='" bus                  \
	"'/></source><boot order='1'/></hostdev>"

static void another_device_takes_the_place_of_the_first(void **state)
{
	(void)state;
	fills_to(
		OPEN NAMED("<vp:device address = '0000:01:00.0' name='a'/>") "<devices>" THERE(
			"1", "0", "0") "<disk/></devices></domain>",
		OPEN NAMED(
			"<vp:device address = '0000:05:10.1' name='a'/>") "<devices>"
									  "<hostdev mode='subsystem' type='pci' managed='yes'><!-- mine -->"
									  "<source><address function=\"0x1\"  slot='0x10' bus='0x05' "
									  "domain='0x0000'/></source><boot order='1'/></hostdev><disk/></devices>"
									  "</domain>");
	/* it keeps the address, and the <hostdev> is gone */
	fills_to(
		OPEN NAMED(
			"<vp:device name='a' address='0000:05:10.1'/>") "<devices></devices></domain>",
		OPEN NAMED("<vp:device name='a' address='0000:05:10.1'/>") "<devices>" HOSTDEV(
			"05", "10", "1") "</devices></domain>");
}

static void what_is_filled_stays_as_it_is(void **state)
{
	static const char text[] = OPEN
		NAMED("<vp:device name='a' address='0000:05:10.1'/>") "<devices>" THERE(
			"0x5", "16", "1") "</devices></domain>";

	(void)state;
	fills_to(text, text);
}

/* The parser counts the first attribute of the name, in whatever namespace. */
static void attributes_are_found_as_the_parser_finds_them(void **state)
{
	(void)state;
	fills_to(
		"<domain xmlns:vp='urn:vfio-prep:1' xmlns:address='x'><name>vm</name>" NAMED(
			"<vp:device xmlns:address='y' name='a' "
			"vp:address='0000:01:00.0'/>") "<devices/></domain>",
		"<domain xmlns:vp='urn:vfio-prep:1' xmlns:address='x'><name>vm</name>" NAMED(
			"<vp:device xmlns:address='y' name='a' "
			"vp:address='0000:05:10.1'/>") "<devices>" HOSTDEV("05", "10",
									   "1") "</devices></domain>");
}

static void what_cannot_be_edited_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{ OPEN NAMED("<vp:device name='a'/>") "</domain>",
		  "it has no <devices>" },
		{ OPEN NAMED("<vp:device name='a'/>") "<devices/><devices/></domain>",
		  "more than one <devices>" },
		/* the parser passes those devices over */
		{ OPEN NAMED("<vp:device name='a'/>") "<devices xmlns='x'/></domain>",
		  "name other devices then" },
		{ OPEN NAMED("<vp:device name='a'/>") "<devices>" THERE(
			  "5", "16", "1") "</devices></domain>",
		  "asked for twice" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(wrong); i++) {
		char *filled = NULL;

		assert_int_equal(fill(wrong[i][0], &filled), -EINVAL);
		assert_null(filled);
		if (!strstr(domain_error.message, wrong[i][1]))
			fail_msg("%s", domain_error.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_address_and_a_hostdev_are_added),
		TEST(each_stands_in_a_line_if_the_end_does),
		TEST(what_only_looks_like_an_element_stays),
		TEST(another_device_takes_the_place_of_the_first),
		TEST(what_is_filled_stays_as_it_is),
		TEST(attributes_are_found_as_the_parser_finds_them),
		TEST(what_cannot_be_edited_is_refused),
	};

	return cmocka_run_group_tests_name("domain-fill", tests, NULL, NULL);
}
