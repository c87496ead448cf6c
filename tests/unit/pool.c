// SPDX-License-Identifier: GPL-2.0-or-later
#include "test.h"

#include "common/pool.h"

static void it_keeps_any_number_of_parts(void **state)
{
	struct vprep_pool pool = { 0 };
	char *parts[100];
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		parts[i] = vprep_pool_strf(&pool, "part %d", i);
		assert_non_null(parts[i]);
	}
	assert_string_equal(parts[0], "part 0");
	assert_string_equal(parts[99], "part 99");
	assert_int_equal(pool.n, 100);
	assert_false(pool.failed);
	vprep_pool_done(&pool);
	assert_int_equal(pool.n, 0);
}

static void memory_is_zeroed_and_never_null_for_nothing(void **state)
{
	struct vprep_pool pool = { 0 };
	uint64_t *numbers = vprep_pool_alloc(&pool, 3, sizeof(*numbers));

	(void)state;
	assert_non_null(numbers);
	assert_int_equal(numbers[2], 0);
	assert_non_null(vprep_pool_alloc(&pool, 0, sizeof(*numbers)));
	assert_string_equal(vprep_pool_dup(&pool, ""), "");
	vprep_pool_done(&pool);
}

static void a_copy_of_nothing_is_nothing_and_no_failure(void **state)
{
	struct vprep_pool pool = { 0 };

	(void)state;
	assert_null(vprep_pool_dup(&pool, NULL));
	assert_null(vprep_pool_printable(&pool, NULL));
	assert_false(pool.failed);
	vprep_pool_done(&pool);
}

static void a_failure_latches(void **state)
{
	struct vprep_pool pool = { 0 };

	(void)state;
	assert_null(vprep_pool_take(&pool, NULL));
	assert_non_null(vprep_pool_dup(&pool, "later"));
	assert_true(pool.failed);
	vprep_pool_done(&pool);
}

static void an_array_has_room_for_one_more(void **state)
{
	struct vprep_pool pool = { 0 };
	uint64_t *items = NULL;
	size_t n;

	(void)state;
	for (n = 0; n < 100; n++) {
		items = vprep_pool_grow(&pool, items, n, sizeof(*items));
		assert_non_null(items);
		assert_true(items[n] == 0 && items[n + 1] == 0);
		items[n] = n + 1;
	}
	while (n-- > 0)
		assert_true(items[n] == n + 1);
	vprep_pool_done(&pool);
}

static void a_list_goes_with_its_strings(void **state)
{
	struct vprep_pool pool = { 0 };
	char **list = NULL;

	(void)state;
	assert_int_equal(vprep_strv_add(&list, "a"), 0);
	assert_int_equal(vprep_strv_add(&list, "b"), 0);
	assert_ptr_equal(vprep_pool_take_list(&pool, list), list);
	assert_false(pool.failed);
	assert_int_equal(pool.n, 3);
	assert_null(vprep_pool_take_list(&pool, NULL));
	assert_true(pool.failed);
	vprep_pool_done(&pool);
}

static void a_result_goes_with_its_parts(void **state)
{
	struct vprep_pool *pool;
	uint64_t *result = vprep_pool_result_new(2 * sizeof(*result), &pool);

	(void)state;
	assert_true(result[0] == 0 && result[1] == 0);
	assert_string_equal(vprep_pool_printable(pool, "a\nb"), "a?b");
	vprep_pool_result_free(result);
	vprep_pool_result_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_keeps_any_number_of_parts),
		TEST(memory_is_zeroed_and_never_null_for_nothing),
		TEST(an_array_has_room_for_one_more),
		TEST(a_list_goes_with_its_strings),
		TEST(a_result_goes_with_its_parts),
		TEST(a_copy_of_nothing_is_nothing_and_no_failure),
		TEST(a_failure_latches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
