// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/uuid.h"

#include "common/str.h"
#include "model/uuid.h"
#include "test.h"

static void a_vm_has_the_uuid_that_vdsm_gives_it(void **state)
{
	struct vprep_uuid uuid;

	(void)state;
	assert_int_equal(
		vprep_uuid_of_vm("6a28e9f6-6627-49b8-8c24-741ab810ecc0", uuid.bytes), 0);
	assert_string_equal(vprep_uuid_text(&uuid).s,
			    "67d496a0-d7d9-30f7-9c2d-4844b2d3c76e");
}

static void random_ones_differ(void **state)
{
	struct vprep_uuid a, b;

	(void)state;
	assert_int_equal(vprep_uuid_random(a.bytes), 0);
	assert_int_equal(vprep_uuid_random(b.bytes), 0);
	assert_false(vprep_uuid_same(&a, &b));
	assert_int_equal(a.bytes[6] >> 4, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_has_the_uuid_that_vdsm_gives_it),
		cmocka_unit_test(random_ones_differ),
	};

	return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
