// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "common/array.h"

struct thing {
	uint64_t number;
	const char *name;
};

static void a_new_item_is_the_last_one_and_zeroed(void **state)
{
	struct thing *things = NULL, *added;
	unsigned n = 0;

	(void)state;
	while (n < 100) {
		added = vprep_array_add(things, n);
		assert_ptr_equal(added, &things[n - 1]);
		assert_null(added->name);
		assert_int_equal(added->number, 0);
		*added = (struct thing){ .number = n, .name = "thing" };
	}
	for (n = 0; n < 100; n++)
		assert_int_equal(things[n].number, n + 1);
	free(things);
}

/* AddressSanitizer ends a program that asks for too much, but for this. Weak: the
 * testbed's build has options of its own. */
const char *__asan_default_options(void) __attribute__((weak));

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void without_memory_nothing_changes(void **state)
{
	const size_t most = SIZE_MAX / sizeof(struct thing);
	struct thing *only = calloc(1, sizeof(*only)), *things = only;
	volatile size_t n = most; /* the compiler need not see that this cannot work */

	(void)state;
	assert_null(vprep_array_add(things, n));
	assert_ptr_equal(things, only);
	assert_int_equal(n, most);
	free(things);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_item_is_the_last_one_and_zeroed),
		TEST(without_memory_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
