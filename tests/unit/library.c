// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <pthread.h>

#include "test.h"

#include "common/library.h"

#define THREADS 16
#define ABSENT "libvfio-prep-is-no-such.so.1"
#define SONAMES "libfirst.so.1", "libsecond.so.2"

VPREP_LIBRARY_NOTE("feature", "What it is for", "suggested", SONAMES);

double cos(double);

static struct {
	VPREP_LIBRARY_POINTER(cos)
} libm;
static const char *const names[] = { "cos", NULL };
static unsigned n_inits;

static void count_init(void)
{
	n_inits++;
}

static void the_first_soname_that_is_there_is_used(void **state)
{
	struct vprep_library library = {
		.sonames = { ABSENT, "libm.so.6" },
		.names = names,
		.functions = &libm,
	};

	(void)state;
	assert_true(vprep_library_open(&library));
	assert_true(libm.cos(0) > 0.9);
}

static void a_missing_library_is_named(void **state)
{
	struct vprep_library library = {
		.sonames = { ABSENT },
		.names = names,
		.functions = &libm,
		.init = count_init,
	};

	(void)state;
	n_inits = 0;
	assert_false(vprep_library_open(&library));
	assert_non_null(strstr(library.why, ABSENT));
	assert_false(vprep_library_open(&library));
	assert_int_equal(n_inits, 0);
}

static void a_missing_function_is_named(void **state)
{
	static const char *const wrong[] = { "cos", "no_such_function", NULL };
	void *functions[2];
	struct vprep_library library = {
		.sonames = { "libm.so.6" },
		.names = wrong,
		.functions = functions,
	};

	(void)state;
	assert_false(vprep_library_open(&library));
	assert_non_null(strstr(library.why, "no_such_function"));
}

static void *open_it(void *library)
{
	return vprep_library_open(library) && libm.cos(0) > 0.9 ? library : NULL;
}

static void threads_that_need_it_at_once_all_get_it_and_it_is_opened_once(void **state)
{
	struct vprep_library library = {
		.sonames = { "libm.so.6" },
		.names = names,
		.functions = &libm,
		.init = count_init,
	};
	pthread_t threads[THREADS];
	void *result;
	size_t i;

	(void)state;
	n_inits = 0;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_it, &library), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, &library);
	}
	assert_int_equal(n_inits, 1);
}

/* Its place in a program is looked at by tests/lint. */
static void a_note_has_the_form_that_packagers_read(void **state)
{
	struct json_object *list = json_tokener_parse(vprep_library_note.text), *sonames;

	(void)state;
	assert_string_equal(vprep_library_note.name, "FDO");
	assert_int_equal(vprep_library_note.name_size, 4);
	assert_int_equal(vprep_library_note.json_size,
			 strlen(vprep_library_note.text) + 1);
	assert_int_equal(vprep_library_note.type, 0x407c0c0a);
	assert_int_equal(sizeof(vprep_library_note) % 4, 0);
	assert_int_equal(json_object_array_length(list), 1);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(list, 0),
					      "soname", &sonames));
	assert_string_equal(json_object_to_json_string_ext(sonames, 0),
			    "[\"libfirst.so.1\",\"libsecond.so.2\"]");
	json_object_put(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_soname_that_is_there_is_used),
		TEST(a_missing_library_is_named),
		TEST(a_missing_function_is_named),
		TEST(threads_that_need_it_at_once_all_get_it_and_it_is_opened_once),
		TEST(a_note_has_the_form_that_packagers_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
