// SPDX-License-Identifier: GPL-2.0-or-later
/* Each form that mdev_type has had, and what is none. */
#include "mdev-type.h"

#include "common/str.h"
#include "test.h"

static struct vprep_vdsm_mdevs mdevs;

static void take(const char *text)
{
	const char *why = vprep_vdsm_mdevs_parse(text, &mdevs);

	if (why)
		fail_msg("'%s': %s", text, why);
}

static void a_type_alone(void **state)
{
	(void)state;
	take("nvidia-11");
	assert_int_equal(mdevs.n, 1);
	assert_string_equal(mdevs.items[0].type, "nvidia-11");
	assert_null(mdevs.items[0].placement);
	assert_false(mdevs.nodisplay);
}

static void a_type_with_its_placement(void **state)
{
	(void)state;
	take("i915-GVTg_V5_4|separate");
	assert_string_equal(mdevs.items[0].type, "i915-GVTg_V5_4");
	assert_string_equal(mdevs.items[0].placement, "separate");
	take("nvidia-11|compact");
	assert_string_equal(mdevs.items[0].placement, "compact");
}

static void the_engine_s_form(void **state)
{
	(void)state;
	take("nodisplay,nvidia-11,nvidia-22|separate, nvidia-33");
	assert_true(mdevs.nodisplay);
	assert_int_equal(mdevs.n, 3);
	assert_string_equal(mdevs.items[1].type, "nvidia-22");
	assert_string_equal(mdevs.items[1].placement, "separate");
	assert_string_equal(mdevs.items[2].type, "nvidia-33");
	assert_null(mdevs.items[2].placement);
}

static void anything_else_is_refused(void **state)
{
	static const char *const hostile[] = {
		"",
		" ",
		",",
		"nodisplay",
		"nodisplay,",
		"nvidia-11,",
		",nvidia-11",
		"nvidia-11,,nvidia-12",
		"|separate",
		"nvidia-11|",
		"nvidia-11|anywhere",
		"nvidia-11|separate|compact",
		"../../../etc/passwd",
		"a/b",
		"..",
		"-rf",
		"nvidia-11'/><disk/>",
		"nvidia-11\"",
		"nvidia&lt;",
		"nvidia 11",
		"nvidia-11\n",
		"nvidia\t11",
		"nvidia-\xc3\xa9",
		"\x01",
		"$(reboot)",
		"`reboot`",
		"a;b",
		"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(hostile); i++)
		if (!vprep_vdsm_mdevs_parse(hostile[i], &mdevs))
			fail_msg("'%s' is taken", hostile[i]);
}

static void as_much_as_there_may_be_is_taken(void **state)
{
	(void)state;
	take("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16");
	assert_int_equal(mdevs.n, 16);
	take("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(strlen(mdevs.items[0].type), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_alone),
		cmocka_unit_test(a_type_with_its_placement),
		cmocka_unit_test(the_engine_s_form),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(as_much_as_there_may_be_is_taken),
	};

	return cmocka_run_group_tests_name("vdsm-mdev-type", tests, NULL, NULL);
}
