// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices that mdevctl has defined, and that are not there. */
#include "nodedev-fixture.h"
#include "test.h"

#include <string.h>

#include "common/cleanup.h"

#define GPU "devices/pci0000:00/0000:00:02.0"
#define DOWN "200f228a-c80a-4d50-bfb7-f5a0e4e34045"
#define UP "de807ffc-1923-4d5f-b6c9-b20ecebc6d4b"
#define DOWN_NAME "mdev_200f228a_c80a_4d50_bfb7_f5a0e4e34045_0000_00_02_0"
#define UP_NAME "mdev_de807ffc_1923_4d5f_b6c9_b20ecebc6d4b_0000_00_02_0"

static void make_host(struct nodedev_host *h)
{
	add_pci(h, "0000:00:02.0", "devices/pci0000:00");
	tree_link(h->tree, "../../" GPU, "sys/class/mdev_bus/0000:00:02.0");
	add_device(h, "bus/mdev/devices", UP, GPU, "DRIVER=vfio_mdev\n");
	tree_link(h->tree, "../../../../kernel/iommu_groups/7",
		  "sys/" GPU "/" UP "/iommu_group");
	tree_link(h->tree, "../mdev_supported_types/i915-4",
		  "sys/" GPU "/" UP "/mdev_type");
	tree_file(h->tree, "{\"mdev_type\":\"i915-4\",\"start\":\"auto\"}",
		  "etc/mdevctl.d/0000:00:02.0/" UP);
	tree_file(h->tree,
		  "{\"mdev_type\":\"i915-8\",\"start\":\"manual\",\"attrs\":"
		  "[{\"assign\":\"5\"},{\"x/y\":\"<1>\"}]}",
		  "etc/mdevctl.d/0000:00:02.0/" DOWN);
}

static void expect_names(struct nodedev_host *h, enum vprep_node_presence presence,
			 const char *bus, bool parents, const char *want)
{
	const char *const mdev[] = { "mdev", NULL };
	const struct vprep_node_filter filter = {
		.capabilities = bus ? NULL : mdev,
		.bus = bus,
		.parents = parents,
		.presence = presence,
	};
	struct vprep_node_devices *list;
	char *got = NULL;
	size_t len, i, n;
	FILE *f = open_memstream(&got, &len);

	assert_int_equal(vprep_node_devices(h->session, &filter, &list, &h->err), 0);
	assert_int_equal(vprep_node_devices_count(h->session, &filter, &n, &h->err), 0);
	assert_int_equal(n, list->n);
	for (i = 0; i < list->n; i++)
		fprintf(f, "%s%s%s%s\n", list->items[i].name,
			list->items[i].is_inactive ? " inactive" : "", parents ? " " : "",
			parents ? list->items[i].parent : "");
	fclose(f);
	assert_string_equal(got, want);
	free(got);
	vprep_node_devices_free(list);
}

static void they_are_listed_only_when_they_are_asked_for(void **state)
{
	struct nodedev_host *h = *state;

	make_host(h);
	expect_names(h, VPREP_NODE_ACTIVE, NULL, false, UP_NAME "\n");
	expect_names(h, VPREP_NODE_INACTIVE, NULL, false, DOWN_NAME " inactive\n");
	expect_names(h, VPREP_NODE_ANY, NULL, false,
		     DOWN_NAME " inactive\n" UP_NAME "\n");
	expect_names(h, VPREP_NODE_INACTIVE, "mdev", false, DOWN_NAME " inactive\n");
	expect_names(h, VPREP_NODE_INACTIVE, "pci", false, "");
	expect_names(h, VPREP_NODE_INACTIVE, NULL, true,
		     DOWN_NAME " inactive pci_0000_00_02_0\n");
}

static void one_is_shown_as_libvirt_shows_it(void **state)
{
	static const char xml[] =
		"<device>\n  <name>" DOWN_NAME "</name>\n"
		"  <parent>pci_0000_00_02_0</parent>\n  <capability type='mdev'>\n"
		"    <type id='i915-8'/>\n    <uuid>" DOWN "</uuid>\n"
		"    <parent_addr>0000:00:02.0</parent_addr>\n"
		"    <iommuGroup number='0'/>\n"
		"    <attr name='assign' value='5'/>\n"
		"    <attr name='x/y' value='&lt;1&gt;'/>\n"
		"  </capability>\n</device>\n";
	static const char *const names[] = {
		DOWN_NAME, DOWN, "mdev_200f228a_c80a_4d50_bfb7_f5a0e4e34045"
	};
	struct nodedev_host *h = *state;
	size_t i;
	char *got;

	make_host(h);
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		assert_int_equal(vprep_node_device_describe(h->session, names[i],
							    VPREP_NODE_XML, &got,
							    &h->err),
				 0);
		assert_string_equal(got, xml);
		free(got);
	}
	assert_int_equal(vprep_node_device_describe(h->session, DOWN, VPREP_NODE_TEXT,
						    &got, &h->err),
			 0);
	assert_non_null(strstr(got, "i915-8"));
	free(got);
	assert_int_equal(vprep_node_device_describe(h->session, DOWN, VPREP_NODE_JSON,
						    &got, &h->err),
			 0);
	assert_non_null(strstr(got, "\"parent\": \"pci_0000_00_02_0\""));
	free(got);
}

static void one_whose_parent_is_gone_hangs_on_the_computer(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "{\"mdev_type\":\"i915-8\"}", "etc/mdevctl.d/gone/" DOWN);
	expect_names(
		h, VPREP_NODE_ANY, NULL, true,
		"mdev_200f228a_c80a_4d50_bfb7_f5a0e4e34045_gone inactive computer\n");
}

#define DECLARED "etc/vfio-prep.d/lab.conf"
#define OURS "33333333-3333-4333-8333-333333333333"
#define OURS_NAME "mdev_33333333_3333_4333_8333_333333333333"

static void one_that_vfio_prep_makes_is_listed_too(void **state)
{
	const struct vprep_node_filter filter = { .presence = VPREP_NODE_INACTIVE };
	struct nodedev_host *h = *state;
	struct vprep_node_devices *list;
	char *text;

	make_host(h);
	tree_file(h->tree,
		  "# ours\n[mdev " UP "]\ntype = i915-4\n"
		  "[mdev " DOWN "]\ntype = i915-4\n"
		  "[mdev " OURS "]\ntype = i915-4\nparent = 0000:00:02.0\n"
		  "vendor-params = a=1\n",
		  DECLARED);
	expect_names(h, VPREP_NODE_INACTIVE, NULL, true,
		     DOWN_NAME " inactive pci_0000_00_02_0\n" OURS_NAME
			       "_0000_00_02_0 inactive pci_0000_00_02_0\n");
	assert_int_equal(vprep_node_devices(h->session, &filter, &list, &h->err), 0);
	assert_string_equal(list->items[0].defined_by, "mdevctl");
	assert_string_equal(list->items[1].defined_by, "vfio-prep");
	vprep_node_devices_free(list);
	assert_int_equal(vprep_node_device_describe(h->session, OURS, VPREP_NODE_TEXT,
						    &text, &h->err),
			 0);
	assert_non_null(
		strstr(text, "state: declared in /" DECLARED ", line 6, and not"));
	assert_non_null(strstr(text, "setting: nvidia/vgpu_params=a=1\n"));
	free(text);
	assert_int_equal(vprep_node_devices_json(h->session, &filter, &text, &h->err), 0);
	assert_non_null(strstr(text, "\"defined_by\": \"vfio-prep\""));
	free(text);
}

static void one_for_any_parent_hangs_on_the_computer(void **state)
{
	struct nodedev_host *h = *state;

	tree_file(h->tree, "[mdev " OURS "]\ntype = i915-4\n", DECLARED);
	expect_names(h, VPREP_NODE_INACTIVE, NULL, true,
		     OURS_NAME " inactive computer\n");
}

static void a_malformed_file_keeps_no_other_from_being_listed(void **state)
{
	struct nodedev_host *h = *state;

	make_host(h);
	tree_file(h->tree, "[mdev " OURS "]\nparent = x\n", DECLARED);
	expect_names(h, VPREP_NODE_INACTIVE, NULL, false, DOWN_NAME " inactive\n");
}

static void a_uuid_may_be_written_in_capitals(void **state)
{
	struct nodedev_host *h = *state;

	make_host(h);
	tree_file(h->tree, "{\"mdev_type\":\"i915-4\"}",
		  "etc/mdevctl.d/0000:00:02.0/DE807FFC-1923-4D5F-B6C9-B20ECEBC6D4B");
	tree_file(h->tree, "{\"mdev_type\":\"i915-8\"}",
		  "etc/mdevctl.d/gone/11111111-1111-4111-8111-11111111111A");
	expect_names(h, VPREP_NODE_INACTIVE, NULL, false,
		     "mdev_11111111_1111_4111_8111_11111111111a_gone inactive\n" DOWN_NAME
		     " inactive\n");
}

static void what_is_no_definition_is_passed_over(void **state)
{
	struct nodedev_host *h = *state;

	make_host(h);
	tree_file(h->tree, "{",
		  "etc/mdevctl.d/0000:00:02.0/11111111-1111-4111-8111-111111111111");
	tree_file(h->tree, "{\"mdev_type\":\"a\"}", "etc/mdevctl.d/0000:00:02.0/notes");
	tree_file(h->tree, "", "etc/mdevctl.d/scripts.d");
	tree_dir(h->tree,
		 "etc/mdevctl.d/0000:00:02.0/22222222-2222-4222-8222-222222222222");
	expect_names(h, VPREP_NODE_INACTIVE, NULL, false, DOWN_NAME " inactive\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NODEDEV_TEST(they_are_listed_only_when_they_are_asked_for),
		NODEDEV_TEST(one_is_shown_as_libvirt_shows_it),
		NODEDEV_TEST(one_whose_parent_is_gone_hangs_on_the_computer),
		NODEDEV_TEST(one_that_vfio_prep_makes_is_listed_too),
		NODEDEV_TEST(one_for_any_parent_hangs_on_the_computer),
		NODEDEV_TEST(a_malformed_file_keeps_no_other_from_being_listed),
		NODEDEV_TEST(a_uuid_may_be_written_in_capitals),
		NODEDEV_TEST(what_is_no_definition_is_passed_over),
	};

	return cmocka_run_group_tests_name("nodedev-inactive", tests, NULL, NULL);
}
