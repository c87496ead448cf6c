// SPDX-License-Identifier: GPL-2.0-or-later
/* The steps of a request, and what each records for its undo. */
#include "plan/plan.h"

#include "common/str.h"
#include "facts-fixture.h"
#include "test.h"

#define A "0000:05:10.1"
#define B "0000:05:10.2"
#define C "0000:05:10.3"

static void set_module(struct vprep_facts_member *member)
{
	member->choice.module = strdup("vfio_pci");
}

static struct vprep_pci_device *pci_of(struct vprep_facts_group *g)
{
	return g->group->members[g->group->n_members - 1].pci;
}

static void steps_come_in_the_order_of_doing(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_bridge(g, "0000:00:05.0", "shpchp");
	set_module(made_member(g, B, "native"));
	set_module(made_request(made_member(g, C, NULL)));
	g = made_group(m, 8);
	set_module(made_request(made_member(g, A, "native")));
	made_plan(m, "claim " C ", claim " A ", module-load vfio_pci, udev-rule group 7, "
		     "udev-rule group 8, driver-bind " C ", driver-bind " A
		     ", placeholder-bind 0000:00:05.0, placeholder-bind " B
		     ", node-permission group 7, node-permission group 8");
}

static void a_module_is_loaded_once(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);
	struct vprep_facts_member *b;

	set_module(made_request(made_member(g, A, "native")));
	b = made_member(g, B, "native");
	b->choice.module = strdup("mlx5_vfio_pci");
	set_module(made_member(g, C, "native"));
	made_plan(m, "claim " A ", module-load vfio_pci, module-load mlx5_vfio_pci, "
		     "udev-rule group 7, driver-bind " A ", placeholder-bind " B
		     ", placeholder-bind " C ", node-permission group 7");
	assert_string_equal(vprep_step_text(&m->steps.items[1], "driver"), "vfio-pci");
	assert_int_equal(m->steps.items[1].group, -1);
}

static void what_is_bound_already_is_only_claimed(void **state)
{
	struct made *m = *state;
	struct vprep_facts_member *a =
		made_request(made_member(made_group(m, 7), A, "vfio-pci"));

	set_module(a); /* needs no loading then */
	made_plan(m, "claim " A ", udev-rule group 7, node-permission group 7");
}

static void what_is_not_in_the_way_is_left(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "native"));
	made_member(g, B, NULL);
	made_member(g, C, "vfio-pci");
	made_bridge(g, "0000:00:05.0", "pcieport");
	made_bridge(g, "0000:00:06.0", NULL);
	made_other(g, "platform.0", NULL);
	made_plan(m, "claim " A ", udev-rule group 7, driver-bind " A
		     ", node-permission group 7");
}

/* Rule and node are the group's, and the group is ours. */
static void a_second_device_in_an_own_group_brings_no_rule(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	g->mine = g->given = g->node.exists = true;
	made_member(g, A, "vfio-pci")->claimed = true;
	made_request(made_member(g, B, "native"));
	made_plan(m, "claim " B ", driver-bind " B);
}

static void a_bind_records_what_its_undo_needs(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);
	const struct vprep_step *s;

	made_request(made_member(g, A, "native"));
	pci_of(g)->module = strdup("native_mod");
	pci_of(g)->override = strdup("theirs");
	pci_of(g)->n_vfs = 4;
	made_plan(m, "claim " A ", udev-rule group 7, driver-bind " A
		     ", node-permission group 7");
	s = &m->steps.items[2];
	assert_string_equal(vprep_step_text(s, "driver"), "vfio-pci");
	assert_string_equal(vprep_step_text(s, "was_driver"), "native");
	assert_string_equal(vprep_step_text(s, "was_module"), "native_mod");
	assert_string_equal(vprep_step_text(s, "was_override"), "theirs");
	assert_string_equal(vprep_step_text(s, "was_power"), "auto");
	assert_int_equal(vprep_step_number(s, "was_vfs"), 4);
	assert_int_equal(vprep_step_number(s, "pci_id"), 0x808610ca);
	assert_int_equal(s->group, 7);
}

static void what_was_absent_is_recorded_as_absent(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);
	const struct vprep_step *s;

	made_request(made_member(g, A, NULL));
	made_plan(m, "claim " A ", udev-rule group 7, driver-bind " A
		     ", node-permission group 7");
	s = &m->steps.items[2];
	assert_true(!vprep_step_text(s, "was_driver") &&
		    !vprep_step_text(s, "was_module") &&
		    !vprep_step_text(s, "was_override"));
	assert_int_equal(vprep_step_number(s, "was_vfs"), -1);
	s = &m->steps.items[3];
	assert_true(vprep_step_number(s, "was_uid") == -1 &&
		    vprep_step_number(s, "was_gid") == -1 &&
		    vprep_step_number(s, "was_mode") == -1);
	assert_true(vprep_step_number(s, "uid") == 1234 &&
		    vprep_step_number(s, "gid") == 2345 &&
		    vprep_step_number(s, "mode") == 0640);
	assert_string_equal(vprep_step_text(s, "node"), "vfio/7");
}

static void a_bridge_is_unbound_and_bound_to_nothing(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);

	made_request(made_member(g, A, "vfio-pci"));
	made_bridge(g, "0000:00:05.0", "shpchp");
	made_plan(m, "claim " A ", udev-rule group 7, placeholder-bind 0000:00:05.0, "
		     "node-permission group 7");
	assert_null(vprep_step_text(&m->steps.items[2], "driver"));
	assert_string_equal(vprep_step_text(&m->steps.items[2], "was_driver"), "shpchp");
}

static void a_rule_and_a_node_that_were_there_are_recorded(void **state)
{
	struct made *m = *state;
	struct vprep_facts_group *g = made_group(m, 7);
	const struct vprep_step *s;

	made_request(made_member(g, A, "vfio-pci"));
	g->node.rule = "theirs\n";
	g->node.exists = true;
	g->node.uid = 11;
	g->node.gid = 22;
	g->node.mode = 0604;
	made_plan(m, "claim " A ", udev-rule group 7, node-permission group 7");
	s = &m->steps.items[1];
	assert_string_equal(vprep_step_text(s, "was_content"), "theirs\n");
	assert_string_equal(vprep_step_text(s, "directory"), "/run/udev/rules.d");
	assert_string_equal(vprep_step_text(s, "file"),
			    "99-vfio-prep-iommu_group_7.rules");
	assert_non_null(strstr(vprep_step_text(s, "content"),
			       "OWNER:=\"1234\", GROUP:=\"2345\", MODE:=\"0640\""));
	s = &m->steps.items[2];
	assert_true(vprep_step_number(s, "was_uid") == 11 &&
		    vprep_step_number(s, "was_gid") == 22 &&
		    vprep_step_number(s, "was_mode") == 0604);
}

static void a_plan_reads_well(void **state)
{
	static const char *const details[] = {
		"hold it, and IOMMU group 7",
		"write /run/udev/rules.d/99-vfio-prep-iommu_group_7.rules and reload "
		"udev",
		"native -> vfio-pci",
		"/dev/vfio/7 to 1234:2345 mode 0640",
	};
	struct made *m = *state;
	struct vprep_plan *plan;
	size_t i;

	made_request(made_member(made_group(m, 7), A, "native"));
	made_plan(m, "claim " A ", udev-rule group 7, driver-bind " A
		     ", node-permission group 7");
	assert_int_equal(vprep_plan_describe("me", &m->steps, &plan), 0);
	assert_string_equal(plan->owner, "me");
	assert_int_equal(plan->n_steps, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(plan->steps[i].id, i + 1);
		assert_string_equal(plan->steps[i].detail, details[i]);
	}
	assert_string_equal(
		plan->steps[2].undo,
		"back to native, driver_override (unset), power/control auto");
	vprep_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MADE_TEST(steps_come_in_the_order_of_doing),
		MADE_TEST(a_module_is_loaded_once),
		MADE_TEST(what_is_bound_already_is_only_claimed),
		MADE_TEST(what_is_not_in_the_way_is_left),
		MADE_TEST(a_second_device_in_an_own_group_brings_no_rule),
		MADE_TEST(a_bind_records_what_its_undo_needs),
		MADE_TEST(what_was_absent_is_recorded_as_absent),
		MADE_TEST(a_bridge_is_unbound_and_bound_to_nothing),
		MADE_TEST(a_rule_and_a_node_that_were_there_are_recorded),
		MADE_TEST(a_plan_reads_well),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
