// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of the kinds of steps, and what is asked about a step. */
#include "model/step.h"

#include "common/str.h"
#include "step-fixture.h"
#include "test.h"

static void a_kind_is_found_by_its_own_name(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; vprep_step_kinds[i]; i++)
		assert_ptr_equal(vprep_step_kind_find(vprep_step_kinds[i]->name),
				 vprep_step_kinds[i]);
	assert_null(vprep_step_kind_find(""));
	assert_null(vprep_step_kind_find("claims"));
}

static void a_kind_says_what_it_does_and_undoes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; vprep_step_kinds[i]; i++) {
		const struct vprep_step_kind *kind = vprep_step_kinds[i];

		assert_true(kind->text || kind->describe);
		assert_true(kind->undo_text || kind->describe_undo);
	}
}

/* Else its steps would never be undone, or their work be looked for in two places. */
static void what_can_be_undone_is_in_the_order_of_undoing_once(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; vprep_step_kinds[i]; i++) {
		const struct vprep_step_kind *kind = vprep_step_kinds[i];
		size_t n = 0;

		for (k = 0; vprep_step_kinds_undo[k]; k++)
			n += vprep_step_kinds_undo[k] == kind;
		assert_int_equal(n, kind->child_undo || kind->parent_undo ? 1 : 0);
		assert_false(kind->child_undo && kind->parent_undo);
		assert_false(kind->child_do && kind->parent_do);
		if (kind->role == VPREP_ROLE_CHANGE)
			assert_int_equal(n, 1);
		if (kind->survives_reboot)
			assert_non_null(kind->parent_undo);
	}
}

static void a_new_step_has_no_facts(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; vprep_step_kinds[i]; i++) {
		const struct vprep_step_kind *kind = vprep_step_kinds[i];
		_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
		const struct vprep_step *step = step_add(&steps, kind->name, "d");

		assert_true(step->group == -1 && step->request == -1 && step->pid == -1);
		for (k = 0; k < kind->n_facts; k++) {
			assert_null(vprep_step_text(step, kind->facts[k].name));
			assert_int_equal(vprep_step_number(step, kind->facts[k].name),
					 -1);
		}
	}
}

static void a_fact_is_asked_by_name_and_type(void **state)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_step *step = step_add(&steps, "driver-bind", "0000:05:10.1");

	(void)state;
	step_set_text(step, "driver", "vfio-pci");
	step_set_number(step, "pci_id", 7);
	assert_string_equal(vprep_step_text(step, "driver"), "vfio-pci");
	assert_int_equal(vprep_step_number(step, "pci_id"), 7);
	assert_null(vprep_step_text(step, "pci_id"));
	assert_int_equal(vprep_step_number(step, "driver"), -1);
	assert_null(vprep_step_text(step, "content"));
}

static void only_a_node_of_its_own_is_given(void **state)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_step_node node;
	struct vprep_step *step;

	(void)state;
	step = step_add(&steps, "node-permission", "group 7");
	assert_false(vprep_step_node(step, &node));
	step_set_number(step, "uid", 1);
	step_set_number(step, "gid", 2);
	step_set_number(step, "mode", 0640);
	assert_true(vprep_step_node(step, &node));
	assert_true(!node.path && node.uid == 1 && node.gid == 2 && node.mode == 0640);
	step = step_add(&steps, "cdev-permission", "0000:05:10.1");
	step_set_number(step, "uid", 1);
	assert_false(vprep_step_node(step, &node));
	step = step_add(&steps, "mdev-create", "mdev_x");
	step_set_text(step, "node", "vfio/7");
	assert_false(vprep_step_node(step, &node));
	assert_string_equal(vprep_step_node_path(step), "vfio/7");
}

static void an_mdev_is_pending_until_it_is_there_or_gone(void **state)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_step *step = step_add(&steps, "mdev-create", "mdev_x");
	struct vprep_step_mdev mdev;
	int i;

	(void)state;
	assert_false(vprep_step_mdev(step, &mdev));
	step_set_text(step, "parent", "mtty");
	step_set_text(step, "type", "mtty-2");
	for (i = 0; i < VPREP_STEP_STATES; i++) {
		step->state = (enum vprep_step_state)i;
		assert_int_equal(vprep_step_pending_mdev(step, &mdev),
				 i == VPREP_STEP_INTENT || i == VPREP_STEP_FAILED);
		assert_true(vprep_step_mdev(step, &mdev));
	}
	step = step_add(&steps, "vport-create", "vport_x"); /* it has a parent, too */
	step_set_text(step, "parent", "host3");
	assert_false(vprep_step_mdev(step, &mdev));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kind_is_found_by_its_own_name),
		TEST(a_kind_says_what_it_does_and_undoes),
		TEST(what_can_be_undone_is_in_the_order_of_undoing_once),
		TEST(a_new_step_has_no_facts),
		TEST(a_fact_is_asked_by_name_and_type),
		TEST(only_a_node_of_its_own_is_given),
		TEST(an_mdev_is_pending_until_it_is_there_or_gone),
	};

	return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
