// SPDX-License-Identifier: GPL-2.0-or-later
/* What the metadata says: our element, and oVirt's types of mdevs. */
#include "domain-test.h"

#define U1 "67d496a0-d7d9-30f7-9c2d-4844b2d3c76e"
#define U2 "6a28e9f6-6627-49b8-8c24-741ab810ecc0"
#define MDEV(uuid)                                                                       \
	"<hostdev type='mdev' model='vfio-pci'><source><address uuid='" uuid             \
	"'/></source></hostdev>"
#define IS_MDEV(uuid, rest)                                                              \
	"{ \"type\": \"mdev\", \"uuid\": \"" uuid "\", \"model\": \"vfio-pci\"" rest " }"
#define OURS(attributes, rest)                                                           \
	"<vp:prepare xmlns:vp='urn:vfio-prep:1' " attributes ">" rest "</vp:prepare>"
#define OVIRT(rest) "<o:vm xmlns:o='http://ovirt.org/vm/1.0'>" rest "</o:vm>"
#define OVIRT_TYPE(uuid, type)                                                           \
	"<o:device devtype='hostdev' uuid='" uuid "'><o:mdevType>" type                  \
	"</o:mdevType></o:device>"

static char *document(const char *metadata, bool first)
{
	static const char devices[] = "<devices>" MDEV(U1) MDEV(U2) "</devices>";

	return vprep_strf("<domain>\n<name>vm</name>%s\n<metadata>%s</metadata>%s"
			  "</domain>",
			  first ? "" : devices, metadata, first ? devices : "");
}

/* The metadata begins in line 3, and may stand anywhere in the domain. */
static void metadata_is(const char *metadata, const char *expected)
{
	_cleanup_free_ char *first = document(metadata, true);
	_cleanup_free_ char *last = document(metadata, false);

	domain_is(first, expected);
	domain_is(last, expected);
}

static struct vprep_domain *parse(const char *metadata)
{
	_cleanup_free_ char *text = document(metadata, true);
	struct vprep_domain *domain;

	if (domain_parse(text, strlen(text), &domain) < 0)
		fail_msg("%s: %s", metadata, domain_error.message);
	return domain;
}

static void our_element_says_how(void **state)
{
	struct vprep_domain *domain;

	(void)state;
	domain = parse(OURS("group-policy='strict' user='me:you'",
			    "\n <vp:vfs pf='0000:05:00.0' count='4'/>"
			    "<vp:vfs pf='enp5s0f0' count='65535'/>"));
	assert_int_equal(domain->policy, VPREP_POLICY_STRICT);
	assert_string_equal(domain->user, "me:you");
	assert_int_equal(domain->n_vfs, 2);
	assert_string_equal(domain->vfs[0].pf, "0000:05:00.0");
	assert_int_equal(domain->vfs[0].count, 4);
	assert_int_equal(domain->vfs[0].line, 4);
	assert_int_equal(domain->vfs[1].count, 65535);
	vprep_domain_free(domain);

	domain = parse(OURS("group-policy='whole'", ""));
	assert_int_equal(domain->policy, VPREP_POLICY_WHOLE);
	assert_null(domain->user);
	vprep_domain_free(domain);

	domain = parse("");
	assert_int_equal(domain->policy, VPREP_POLICY_DEFAULT);
	assert_true(!domain->user && !domain->mdevs && !domain->vfs);
	assert_string_equal(domain->name, "vm");
	assert_false(domain->has_uuid);
	vprep_domain_free(domain);
}

static void a_device_goes_by_a_declared_name(void **state)
{
	struct vprep_domain *domain;

	(void)state;
	domain = parse(OURS("", "\n<vp:device name='lab-nic'/><vp:device name='lab-nic' "
				"address='0000:05:10.1'/>"));
	assert_int_equal(domain->n_named, 2);
	assert_string_equal(domain->named[0].name, "lab-nic");
	assert_false(domain->named[0].has_address);
	assert_int_equal(domain->named[0].line, 4);
	assert_int_equal(domain->named[0].element, 5);
	assert_true(domain->named[1].has_address);
	assert_int_equal(domain->named[1].address.slot, 0x10);
	vprep_domain_free(domain);
}

static void an_mdev_is_described_by_uuid(void **state)
{
	(void)state;
	metadata_is(OURS("", "<vp:mdev uuid='" U2 "' type='nvidia-11'/>"),
		    "[ " IS_MDEV(U1, "") ", " IS_MDEV(U2, ", \"mdev_type\": "
							  "\"nvidia-11\"") " ]");
	metadata_is(
		OURS("", "<vp:mdev uuid='67D496A0 D7D930F79C2D4844B2D3C76E' "
			 "type='i915-GVTg_V5_4' parent='0000:00:02.0' "
			 "placement='separate'/><vp:mdev uuid='" U2
			 "' type='t' placement='compact'/>"),
		"[ " IS_MDEV(
			U1,
			", \"mdev_type\": \"i915-GVTg_V5_4\", \"parent\": "
			"\"0000:00:02.0\", \"placement\": "
			"\"separate\"") ", " IS_MDEV(U2,
						     ", \"mdev_type\": \"t\", \"placement\": "
						     "\"compact\"") " ]");
	metadata_is(OVIRT("<o:device devtype='hostdev' uuid='" U1 "'/>"
			  "<o:device devtype='disk' uuid='" U1
			  "'><o:mdevType>x</o:mdevType></o:device>" OVIRT_TYPE(
				  U1, "\n nvidia-22 \n")
				  OVIRT_TYPE(U2, "nvidia-23|separate")),
		    "[ " IS_MDEV(U1, ", \"mdev_type\": \"nvidia-22\"") ", " IS_MDEV(
			    U2, ", \"mdev_type\": \"nvidia-23\", \"placement\": "
				"\"separate\"") " ]");
}

static void ours_counts_before_ovirts(void **state)
{
	static const char *const both[] = {
		OURS("", "<vp:mdev uuid='" U1 "' type='ours'/>")
			OVIRT(OVIRT_TYPE(U1, "first") OVIRT_TYPE(U2, "second")),
		OVIRT(OVIRT_TYPE(U1, "first") OVIRT_TYPE(U2, "second")
			      OVIRT_TYPE(U2, "third"))
			OURS("", "<vp:mdev uuid='" U1 "' type='ours'/>"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(both); i++)
		metadata_is(both[i],
			    "[ " IS_MDEV(U1, ", \"mdev_type\": \"ours\"") ", " IS_MDEV(
				    U2, ", \"mdev_type\": \"second\"") " ]");
}

static void a_wrong_word_in_our_element_is_refused(void **state)
{
	static const struct domain_case cases[] = {
		{ OURS("group-policy='Whole'", ""),
		  "line 3: <vp:prepare group-policy='Whole'>: expected whole or strict" },
		{ OURS("user=''", ""), "line 3: <prepare user=''>: expected a name, "
				       "without blanks and slashes" },
		{ OURS("user='a b'", ""), "line 3: <prepare user='a b'>: expected a "
					  "name, without blanks and slashes" },
		{ OURS("users='a'", ""),
		  "line 3: <vp:prepare> has an unknown attribute 'users'" },
		{ "<x:mdev xmlns:x='urn:vfio-prep:1'/>",
		  "line 3: unknown element <vp:mdev>, expected <vp:prepare>" },
		{ OURS("", "") "\n" OURS("", ""),
		  "line 4: a second <vp:prepare>, the first is in line 3" },
		{ OURS("", "<mdev/>"), "line 3: unknown element <mdev> in <vp:prepare>, "
				       "expected <vp:mdev>, <vp:vfs> or <vp:device>" },
		{ OURS("", "<vp:mdevs/>"),
		  "line 3: unknown element <mdevs> in <vp:prepare>, expected <vp:mdev>, "
		  "<vp:vfs> or <vp:device>" },
		{ OURS("", "<vp:mdev type='x'/>"), "line 3: <mdev uuid=''>: not a UUID" },
		{ OURS("", "<vp:mdev uuid='x' type='x'/>"),
		  "line 3: <mdev uuid='x'>: not a UUID" },
		{ OURS("", "<vp:mdev uuid='" U1 "'/>"),
		  "line 3: <mdev> has no 'type' attribute" },
		{ OURS("", "<vp:mdev uuid='" U1 "' type='../../etc/x'/>"),
		  "line 3: <mdev type='../../etc/x'>: expected a name, without blanks "
		  "and slashes" },
		{ OURS("", "<vp:mdev uuid='" U1 "' type='..'/>"),
		  "line 3: <mdev type='..'>: expected a name, without blanks and "
		  "slashes" },
		{ OURS("", "<vp:mdev uuid='" U1 "' type='t' parent='a/b'/>"),
		  "line 3: <mdev parent='a/b'>: expected a name, without blanks and "
		  "slashes" },
		{ OURS("", "<vp:mdev uuid='" U1 "' type='t' placement='x'/>"),
		  "line 3: <mdev placement='x'>: expected compact or separate" },
		{ OURS("", "<vp:mdev uuid='" U1 "' type='t' model='x'/>"),
		  "line 3: <vp:mdev> has an unknown attribute 'model'" },
		{ OURS("", "<vp:mdev uuid='" U1 "' type='t'/>\n<vp:mdev uuid='" U1
			   "' type='t'/>"),
		  "line 4: mdev " U1 " is described twice, first in line 3" },
		{ OURS("", "<vp:vfs count='1'/>"),
		  "line 3: <vfs> has no 'pf' attribute" },
		{ OURS("", "<vp:vfs pf='x'/>"), "line 3: <vfs> has no 'count' "
						"attribute" },
		{ OURS("", "<vp:vfs pf='x' count='0'/>"),
		  "line 3: <vfs count='0'>: expected a number from 1 to 65535" },
		{ OURS("", "<vp:vfs pf='x' count='65536'/>"),
		  "line 3: <vfs count='65536'>: expected a number from 1 to 65535" },
		{ OURS("", "<vp:vfs pf='x' count='1'/>\n<vp:vfs pf='x' count='2'/>"),
		  "line 4: VFs of x are asked for twice, first in line 3" },
		{ OVIRT(OVIRT_TYPE("x", "t")), "line 3: <device uuid='x'>: not a UUID" },
		{ OVIRT(OVIRT_TYPE(U1, "a/b")),
		  "line 3: <mdevType> 'a/b': expected TYPE, TYPE|compact or "
		  "TYPE|separate" },
		{ OVIRT(OVIRT_TYPE(U1, "")),
		  "line 3: <mdevType> '': expected TYPE, TYPE|compact or "
		  "TYPE|separate" },
		{ OVIRT(OVIRT_TYPE(U1, "t|x")),
		  "line 3: <mdevType> 't|x': expected TYPE, TYPE|compact or "
		  "TYPE|separate" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = document(cases[i].text, true);

		domain_is(text, cases[i].expected);
	}
}

static void a_wrong_device_by_name_is_refused(void **state)
{
	static const struct domain_case cases[] = {
		{ OURS("", "<vp:device/>"),
		  "line 3: <vp:device name=''>: expected a name that is declared in "
		  "/etc/vfio-prep.d" },
		{ OURS("", "<vp:device name='../x'/>"),
		  "line 3: <vp:device name='../x'>: expected a name that is declared in "
		  "/etc/vfio-prep.d" },
		{ OURS("", "<vp:device name='123456789012345678901234567890123'/>"),
		  "line 3: <vp:device name='123456789012345678901234567890123'>: "
		  "expected a name that is declared in /etc/vfio-prep.d" },
		{ OURS("", "<vp:device name='x' count='2'/>"),
		  "line 3: <vp:device> has an unknown attribute 'count'" },
		{ OURS("", "<vp:device name='x' address='05:10.1'/>"),
		  "line 3: <vp:device address='05:10.1'>: expected an address such as "
		  "0000:05:10.1" },
		{ OURS("", "<vp:device name='x' address='0000:05:10.1'/>\n"
			   "<vp:device name='y' address='0000:05:10.1'/>"),
		  "line 4: two <vp:device> have the address 0000:05:10.1, the first in "
		  "line 3" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = document(cases[i].text, true);

		domain_is(text, cases[i].expected);
	}
}

static void elements_of_others_are_passed_over(void **state)
{
	static const char *const cases[] = {
		"<prepare group-policy='x'/>",
		"<vp:prepare xmlns:vp='urn:vfio-prep:2' group-policy='x'/>",
		"<vp:prepare group-policy='x'/>",
		"<a:b xmlns:a='urn:a'>" OURS("group-policy='x'", "") "</a:b>",
		"<o:vm xmlns:o='http://ovirt.org/vm/2.0'>" OVIRT_TYPE(U1, "t") "</o:vm>",
		OVIRT("<o:custom>" OVIRT_TYPE(U1, "t") "</o:custom>"),
		OVIRT("<o:device devtype='hostdev'><o:mdevType>t</o:mdevType></o:device>"),
		"<!-- " OURS("group-policy='x'", "") " -->",
		"<![CDATA[" OURS("group-policy='x'", "") "]]>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++)
		metadata_is(cases[i], "[ " IS_MDEV(U1, "") ", " IS_MDEV(U2, "") " ]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(our_element_says_how),
		TEST(a_device_goes_by_a_declared_name),
		TEST(an_mdev_is_described_by_uuid),
		TEST(ours_counts_before_ovirts),
		TEST(a_wrong_word_in_our_element_is_refused),
		TEST(a_wrong_device_by_name_is_refused),
		TEST(elements_of_others_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
