// SPDX-License-Identifier: GPL-2.0-or-later
/* What create is asked for, in libvirt's XML. */
#include <errno.h>

#include "common/str.h"
#include "model/vport.h"
#include "test.h"
#include "xml/nodedev-create.h"

#define UUID "c2177883-f1bb-47f0-914d-32a22e3a8804"
#define MDEV(inner) "<capability type='mdev'>" inner "</capability>"
#define VPORT(inner)                                                                     \
	"<capability type='scsi_host'><capability type='vport_ops'/>"                    \
	"<capability type='fc_host'>" inner "</capability></capability>"

static struct vprep_error err;

static int parse(const char *inner, struct vprep_nodedev_definition *definition)
{
	_cleanup_free_ char *text = vprep_strf("<device>\n%s\n</device>", inner);

	err = (struct vprep_error){ 0 };
	return vprep_nodedev_definition_parse(text, strlen(text), definition, &err);
}

static void a_mediated_device_has_a_parent_a_type_and_perhaps_a_uuid(void **state)
{
	struct vprep_nodedev_definition o = { 0 };

	(void)state;
	assert_int_equal(parse("<name>new</name><parent>mtty_mtty</parent>" MDEV(
				       "<type id='mtty-2'/><uuid>" UUID "</uuid>"
				       "<iommuGroup number='3'/>"),
			       &o),
			 0);
	assert_int_equal(o.cap, VPREP_CAP_MDEV);
	assert_string_equal(o.parent, "mtty_mtty");
	assert_string_equal(o.type, "mtty-2");
	assert_true(o.has_uuid);
	assert_string_equal(vprep_uuid_text(&o.uuid).s, UUID);
	vprep_nodedev_definition_done(&o);
	assert_int_equal(parse(MDEV("<type id='a'/>") "<parent>p</parent>", &o), 0);
	assert_false(o.has_uuid);
	vprep_nodedev_definition_done(&o);
}

static void a_vport_may_name_its_parent_in_any_way_or_none(void **state)
{
	struct vprep_nodedev_definition o = { 0 };

	(void)state;
	assert_int_equal(parse("<parent>scsi_host3</parent>" VPORT(
				       "<wwnn>20000000C9831234</wwnn>"
				       "<wwpn>0x10000000c9831234</wwpn>"),
			       &o),
			 0);
	assert_int_equal(o.cap, VPREP_CAP_SCSI_HOST);
	assert_string_equal(o.parent, "scsi_host3");
	assert_true(o.vport.wwnn == 0x20000000c9831234 &&
		    o.vport.wwpn == 0x10000000c9831234);
	vprep_nodedev_definition_done(&o);
	assert_int_equal(parse("<parent wwnn='20000000c9831234' wwpn='10000000c9831234'"
			       "/>" VPORT(""),
			       &o),
			 0);
	assert_null(o.parent);
	assert_true(o.vport.parent_wwnn == 0x20000000c9831234 &&
		    o.vport.parent_wwpn == 0x10000000c9831234 && !o.vport.wwnn &&
		    !o.vport.wwpn);
	vprep_nodedev_definition_done(&o);
	assert_int_equal(parse("<parent fabric_wwn='2001000dec9877c1'/>" VPORT(""), &o),
			 0);
	assert_true(o.vport.parent_fabric == 0x2001000dec9877c1);
	vprep_nodedev_definition_done(&o);
	assert_int_equal(parse(VPORT("<wwpn>10000000c9831234</wwpn>"), &o), 0);
	assert_true(!o.parent && !o.vport.parent_wwnn && !o.vport.parent_fabric &&
		    !o.vport.wwnn && o.vport.wwpn);
	vprep_nodedev_definition_done(&o);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *inner, *message;
	} cases[] = {
		{ "", "the device has no <capability>" },
		{ "<capability/>", "line 2: <capability type=''>: only 'mdev' and" },
		{ "<capability type='pci'/>", "line 2: <capability type='pci'>: only" },
		{ "<parent>p</parent>" MDEV(""),
		  "line 2: a mediated device needs <type" },
		{ "<parent>p</parent>" MDEV("<type/>"),
		  "line 2: <type> has no 'id' attribute" },
		{ "<parent>p</parent>" MDEV("<type id=''/>"),
		  "line 2: <type id=''>: expected a name" },
		{ "<parent>p</parent>" MDEV("\n<type id='../a'/>"),
		  "line 3: <type id='../a'>: expected a name" },
		{ "<parent>p</parent>" MDEV("<type id='a b'/>"),
		  "line 2: <type id='a b'>: expected a name" },
		{ "<parent>p</parent>" MDEV("<type id='a'/>\n<uuid>1</uuid>"),
		  "line 3: <uuid> '1': not a UUID" },
		{ "<parent>p</parent>" MDEV("<type id='a'/>\n<attr name='a' value='1'/>"),
		  "line 3: <attr>: " },
		{ MDEV("<type id='a'/>"), "line 2: a mediated device needs a <parent>" },
		{ "<parent/>" MDEV("<type id='a'/>"), "line 2: a mediated device needs" },
		{ VPORT("") "\n" VPORT(""), "line 3: a second <capability>" },
		{ "<parent>a</parent>\n<parent>b</parent>" VPORT(""),
		  "line 3: a second <parent>" },
		{ "<capability type='scsi_host'/>", "line 2: of SCSI hosts only vports" },
		{ "<capability type='scsi_host'><capability/></capability>",
		  "line 2: of SCSI hosts only vports" },
		{ VPORT("\n<wwnn>1</wwnn>"), "line 3: wwnn '1': a WWN has 16" },
		{ VPORT("<wwpn>10000000c983123g</wwpn>"), "line 2: wwpn '1000" },
		{ VPORT("<wwpn>0000000000000000</wwpn>"), "line 2: wwpn '0000" },
		{ VPORT("<wwpn/>"), "line 2: wwpn ''" },
		{ "<parent wwnn='20000000c9831234'/>" VPORT(""),
		  "line 2: <parent> has a wwnn but no wwpn" },
		{ "<parent wwpn='20000000c9831234'/>" VPORT(""),
		  "line 2: <parent> has a wwpn but no wwnn" },
		{ "<parent fabric_wwn='x'/>" VPORT(""), "line 2: fabric_wwn 'x'" },
		{ "<capability type='mdev'>", "line 3: " },
	};
	struct vprep_nodedev_definition o = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		if (parse(cases[i].inner, &o) != -EINVAL || err.code != VPREP_E_USAGE ||
		    strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s: '%s'", cases[i].inner, err.message);
		assert_null(o.type);
	}
}

static void other_documents_and_harmful_ones_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"<domain/>",
		"<device xmlns='urn:a'/>",
		"<device/><device/>",
		"<!DOCTYPE device [<!ENTITY a 'b'>]>\n<device><parent>&a;</parent></device>",
	};
	_cleanup_free_ char *name = calloc(1, 400), *inner = NULL;
	struct vprep_nodedev_definition o = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(texts); i++)
		assert_int_equal(vprep_nodedev_definition_parse(
					 texts[i], strlen(texts[i]), &o, &err),
				 -EINVAL);
	memset(name, 'a', 300);
	inner = vprep_strf("<parent>%s</parent>" VPORT(""), name);
	assert_int_equal(parse(inner, &o), -EINVAL);
	assert_non_null(strstr(err.message, "line 2: <parent> is longer"));
}

static void names_are_sixteen_digits(void **state)
{
	static const char *const bad[] = { "",
					   "0x",
					   "1",
					   "10000000c98312345",
					   "-1000000c9831234",
					   "0x0x0000c9831234",
					   "1000 000c9831234" };
	uint64_t wwpn, wwnn;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		assert_int_equal(vprep_wwn_parse(bad[i], &wwpn), -EINVAL);
	assert_int_equal(vprep_wwn_pair_parse("10000000c9831234:20000000c9831234", &wwpn,
					      &wwnn),
			 0);
	assert_true(wwpn == 0x10000000c9831234 && wwnn == 0x20000000c9831234);
	assert_int_equal(vprep_wwn_pair_parse("10000000c9831234-20000000c9831234", &wwpn,
					      &wwnn),
			 -EINVAL);
	assert_int_equal(vprep_wwn_pair_parse("10000000c9831234:20000000c983123", &wwpn,
					      &wwnn),
			 -EINVAL);
	assert_string_equal(vprep_wwn_text(vprep_wwn_make_up(UINT64_MAX)).s,
			    "5001a4afffffffff");
	assert_string_equal(vprep_wwn_text(vprep_wwn_make_up(0x1b)).s,
			    "5001a4a00000001b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_mediated_device_has_a_parent_a_type_and_perhaps_a_uuid),
		cmocka_unit_test(a_vport_may_name_its_parent_in_any_way_or_none),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(other_documents_and_harmful_ones_are_refused),
		cmocka_unit_test(names_are_sixteen_digits),
	};

	return cmocka_run_group_tests_name("nodedev-definition", tests, test_begin,
					   test_end);
}
