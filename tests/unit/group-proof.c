// SPDX-License-Identifier: GPL-2.0-or-later
/* Before a group's node is given away, the kernel says whether user space gets it. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

static void what_the_kernel_refuses_is_told_and_rolled_back(void **state)
{
	static const struct {
		enum vprep_group_stage stage;
		int number;
		enum vprep_code code;
		const char *text;
	} cases[] = {
		{ VPREP_GROUP_OPEN, EIO, VPREP_E_FAILED, "cannot open /dev/vfio/7" },
		{ VPREP_GROUP_STATUS, EPERM, VPREP_E_NOT_VIABLE, "not viable" },
		{ VPREP_GROUP_CONTAINER, EPERM, VPREP_E_NOT_VIABLE, "not viable" },
		{ VPREP_GROUP_CONTAINER, EINVAL, VPREP_E_UNSUPPORTED,
		  "firmware reserves memory" },
		{ VPREP_GROUP_CONTAINER, EBUSY, VPREP_E_IN_USE, "somebody else's" },
		{ VPREP_GROUP_IOMMU, EPERM, VPREP_E_UNSUPPORTED,
		  "interrupts of its devices" },
		{ VPREP_GROUP_IOMMU, EINVAL, VPREP_E_UNSUPPORTED,
		  "firmware reserves memory" },
		{ VPREP_GROUP_IOMMU, ENOMEM, VPREP_E_FAILED, "Cannot allocate memory" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		fake_refuse_group(h->fake, 7, cases[i].stage, cases[i].number);
		assert_int_equal(host_attach(h, VF), -cases[i].number);
		assert_int_equal(h->err.code, cases[i].code);
		if (!strstr(h->err.message, cases[i].text))
			fail_msg("%s", h->err.message);
		assert_false(fake_has(h->fake, "run/vfio-prep"));
		fake_refuse_group(h->fake, 7, cases[i].stage, 0);
		host_check_same(h);
	}
}

/* Whoever has it open has got it, and one that is not asked may be anything. */
static void an_open_group_and_no_container_are_no_obstacle(void **state)
{
	struct host *h = *state;

	fake_refuse_group(h->fake, 7, VPREP_GROUP_OPEN, EBUSY);
	fake_refuse_group(h->fake, 8, VPREP_GROUP_CONTAINER, EOPNOTSUPP);
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void without_the_proof_only_the_status_is_asked(void **state)
{
	const struct vprep_request without = { .no_proof = true };
	struct host *h = *state;

	fake_refuse_group(h->fake, 7, VPREP_GROUP_IOMMU, EPERM);
	assert_int_equal(host_ask(h, VF, without), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	fake_refuse_group(h->fake, 7, VPREP_GROUP_STATUS, EPERM);
	assert_int_equal(host_ask(h, VF, without), -EPERM);
	assert_int_equal(h->err.code, VPREP_E_NOT_VIABLE);
	host_check_same(h);
}

/* The remapping of interrupts is not shown: the kernel says it at the end. */
static void what_only_the_kernel_knows_is_found_at_the_end(void **state)
{
	struct host *h = *state;

	fake_set_remapping(h->fake, false);
	fake_remove(h->fake, "sys/kernel/irq");
	host_leaves(h, "kernel/irq");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), -EPERM);
	assert_int_equal(h->err.code, VPREP_E_UNSUPPORTED);
	if (!strstr(h->err.message, "allow_unsafe_interrupts=1"))
		fail_msg("%s", h->err.message);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(what_the_kernel_refuses_is_told_and_rolled_back),
		HOST_TEST(an_open_group_and_no_container_are_no_obstacle),
		HOST_TEST(without_the_proof_only_the_status_is_asked),
		HOST_TEST(what_only_the_kernel_knows_is_found_at_the_end),
	};

	return cmocka_run_group_tests_name("group-proof", tests, NULL, NULL);
}
