// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole domains: each NAME.xml of the test data gives NAME.json. */
#include "domain-test.h"

#include <fcntl.h>
#include <json-c/json.h>

#include "common/file.h"

#define FILE_SIZE_MAX ((size_t)1024 * 1024)

static int folder = -1;

static char *read_file(const char *name, size_t *ret_len)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char *text = NULL;

	if (fd < 0 || vprep_file_read(fd, FILE_SIZE_MAX, &text, ret_len) < 0)
		fail_msg("cannot read %s", name);
	return text;
}

/* All but the white space: versions of json-c write an empty array on one line or on two.
 */
static bool is_same_json(const char *a, const char *b)
{
	struct json_object *x = json_tokener_parse(a), *y = json_tokener_parse(b);
	bool same = x && y &&
		    streq(json_object_to_json_string_ext(x, JSON_C_TO_STRING_PLAIN),
			  json_object_to_json_string_ext(y, JSON_C_TO_STRING_PLAIN));

	json_object_put(x);
	json_object_put(y);
	return same;
}

static void check_file(const char *name)
{
	_cleanup_free_ char *base = strndup(name, strlen(name) - strlen(".xml"));
	_cleanup_free_ char *json_name = vprep_strf("%s.json", base);
	_cleanup_free_ char *expected = NULL, *text = NULL, *json = NULL;
	struct vprep_domain *domain;
	size_t len, json_len;

	text = read_file(name, &len);
	expected = read_file(json_name, &json_len);
	if (domain_parse(text, len, &domain) < 0)
		fail_msg("%s: %s", name, domain_error.message);
	assert_int_equal(vprep_domain_json(domain, true, &json), 0);
	if (!is_same_json(json, expected))
		fail_msg("%s gives\n%s\nexpected\n%s", name, json, expected);
	vprep_domain_free(domain);
}

static void each_file_gives_its_json(void **state)
{
	const char *data = getenv("VPREP_TEST_DATA");
	_cleanup_free_ char *path = vprep_strf("%s/domain", data ? data : "tests/data");
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned n = 0;

	(void)state;
	if (!dir)
		fail_msg("no folder %s", path);
	folder = dirfd(dir);
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		if (len < 4 || !streq(entry->d_name + len - 4, ".xml"))
			continue;
		check_file(entry->d_name);
		n++;
	}
	test_is_between((intmax_t)n, 5, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(each_file_gives_its_json) };

	free(domain_read_n("<a/>", 4));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
