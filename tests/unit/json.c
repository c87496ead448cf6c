// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "test.h"

#include "common/cleanup.h"
#include "common/json.h"

static void values_stand_in_the_order_they_were_added(void **state)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json root = vprep_json_begin_object(&document);
	struct vprep_json list;
	_cleanup_free_ char *text = NULL;

	(void)state;
	vprep_json_add_string(root, "path", "/dev/\"x\"");
	vprep_json_add_bool(root, "live", true);
	list = vprep_json_add_array(root, "list");
	vprep_json_add_number(list, NULL, -1);
	vprep_json_add_string(vprep_json_add_object(list, NULL), "k", "v");
	vprep_json_add_text(root, "id", "0x%04x", 0x8086);
	vprep_json_add_unsigned(root, "most", UINT64_MAX);
	assert_int_equal(vprep_json_text(&document, VPREP_JSON_PLAIN, &text), 0);
	assert_string_equal(
		text,
		"{\"path\":\"/dev/\\\"x\\\"\",\"live\":true,"
		"\"list\":[-1,{\"k\":\"v\"}],\"id\":\"0x8086\",\"most\":18446744073709551615}");
}

static void what_is_absent_has_no_key(void **state)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json root = vprep_json_begin_object(&document);
	_cleanup_free_ char *text = NULL;

	(void)state;
	vprep_json_add_string(root, "driver", NULL);
	assert_int_equal(vprep_json_text(&document, VPREP_JSON_PLAIN, &text), 0);
	assert_string_equal(text, "{}");
}

static void a_document_that_lost_something_has_no_text(void **state)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json root = vprep_json_begin_array(&document);
	char *text = NULL;

	(void)state;
	document.failed = true;
	vprep_json_add_string(vprep_json_add_object(root, NULL), "k", "v");
	assert_int_equal(vprep_json_text(&document, VPREP_JSON_PLAIN, &text), -ENOMEM);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_stand_in_the_order_they_were_added),
		TEST(what_is_absent_has_no_key),
		TEST(a_document_that_lost_something_has_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
