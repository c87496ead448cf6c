// SPDX-License-Identifier: GPL-2.0-or-later
/* Journal lines: what is written is read back; anything else is refused (I1, I2). */
#include "journal/record.h"

#include <errno.h>

#include "journal-text.h"
#include "step-fixture.h"
#include "test.h"

static const char *const strings[] = {
	"",
	"plain",
	"\"quoted\" \\ / \b\f\n\r\t",
	"l\n{\"sum\":\"00000000\",\"seq\":1}\n",
	"\x01\x1f\x7f",
	"Gr\xc3\xbc\xc3\x9f"
	"e \xf0\x9f\x98\x80",
	"\xff\xfe\x80 invalid \xc3",
	"(null)",
	"%s%n",
};

static void a_header_is_read_back(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(strings); i++) {
		char *const s = (char *)(uintptr_t)strings[i];
		const struct vprep_journal_header header = {
			1, s, s, s, s, INT64_MAX, 0, 1700000000
		};
		_cleanup_buf_ struct vprep_buf buf = { 0 };
		struct vprep_journal_header got;
		struct vprep_steps steps;

		vprep_record_header(&buf, &header);
		assert_int_equal(
			vprep_record_parse(buf.data, buf.len, &got, &steps, NULL), 0);
		assert_int_equal(got.version, 1);
		assert_string_equal(got.boot_id, s);
		assert_string_equal(got.kind, s);
		assert_string_equal(got.name, s);
		assert_string_equal(got.uuid, s);
		assert_true(got.pid == INT64_MAX && got.pid_start == 0);
		assert_int_equal(got.time, 1700000000);
		assert_int_equal(steps.n, 0);
		vprep_journal_header_done(&got);
	}
}

/* Each string field in turn: absent and empty are not the same. */
static void a_step_is_read_back(void **state)
{
	size_t kind, i;

	(void)state;
	for (kind = 0; vprep_step_kinds[kind]; kind++)
		for (i = 0; i <= VPREP_ARRAY_SIZE(strings); i++) {
			_cleanup_buf_ struct vprep_buf buf = { 0 };
			_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
			struct vprep_step *step = text_add_step(
				&steps, vprep_step_kinds[kind],
				i < VPREP_ARRAY_SIZE(strings) ? strings[i] : NULL);
			struct text_journal got;

			text_add_header(&buf);
			vprep_record_step(&buf, step);
			assert_int_equal(text_parse(&got, buf.data, buf.len), 0);
			assert_int_equal(got.steps.n, 1);
			text_check_same_step(step, &got.steps.items[0]);
			text_done(&got);
		}
}

static void a_state_changes_a_step_and_nothing_else(void **state)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_step *step =
		text_add_step(&steps, vprep_step_kind_find("driver-bind"), "x");
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_STEP_STATES; i++) {
		_cleanup_buf_ struct vprep_buf buf = { 0 };
		struct text_journal got;

		text_add_header(&buf);
		step->state = VPREP_STEP_INTENT;
		vprep_record_step(&buf, step);
		step->state = (enum vprep_step_state)i;
		vprep_record_state(&buf, step);
		assert_int_equal(text_parse(&got, buf.data, buf.len), 0);
		assert_int_equal(got.steps.n, 1);
		if (step->state != VPREP_STEP_FAILED) /* a child is a failure's */
			step->pid = step->pid_start = -1;
		text_check_same_step(step, &got.steps.items[0]);
		text_done(&got);
		step->pid = step->pid_start = 7;
	}
}

static void an_empty_text_is_an_empty_journal(void **state)
{
	struct text_journal got;

	(void)state;
	assert_int_equal(text_parse(&got, "", 0), 0);
	assert_true(!got.header.boot_id && got.header.version == 0 && got.steps.n == 0);
	text_done(&got);
	assert_int_equal(text_parse(&got, "torn", 4), 0);
	assert_true(!got.header.boot_id && got.steps.n == 0);
	text_done(&got);
}

/* Lines with a right checksum that we do not write. */
static void refuse_line(const char *header, const char *line, int want, unsigned number)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct text_journal got;
	char at[16];

	if (header)
		text_add_line(&buf, header);
	else
		text_add_header(&buf);
	if (line)
		text_add_line(&buf, line);
	if (text_parse(&got, buf.data, buf.len) != want)
		fail_msg("%s was not refused so", line ? line : header);
	snprintf(at, sizeof(at), "line %u: ", number);
	if (strncmp(got.err.message, at, strlen(at)) != 0)
		fail_msg("'%s' is not about line %u", got.err.message, number);
}

static void another_version_is_refused(void **state)
{
	(void)state;
	refuse_line("\"version\":2,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}",
		    NULL, -EPROTO, 1);
	refuse_line("\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}", NULL, -EPROTO, 1);
	refuse_line("\"version\":0,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}",
		    NULL, -EPROTO, 1);
}

static void a_header_lacks_nothing(void **state)
{
	static const char *const bad[] = {
		"\"version\":1,\"kind\":\"k\",\"name\":\"n\"}",
		"\"version\":1,\"boot_id\":\"b\",\"name\":\"n\"}",
		"\"version\":1,\"boot_id\":\"b\",\"kind\":\"k\"}",
		"\"version\":\"1\",\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}",
		"\"version\":1,\"boot_id\":7,\"kind\":\"k\",\"name\":\"n\"}",
		"\"version\":1,\"boot_id\":null,\"kind\":\"k\",\"name\":\"n\"}",
		"\"version\":1,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\",\"pid\":-"
		"1}",
		"\"version\":1.0,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		refuse_line(bad[i], NULL, -EBADMSG, 1);
}

#define REST ",\"batch\":1,\"device\":\"d\""
#define BIND "\"step\":\"driver-bind\",\"state\":\"intent\"" REST
#define CLAIM "\"step\":\"claim\",\"state\":\"intent\"" REST

static void a_step_lacks_nothing_and_has_its_types(void **state)
{
	static const char *const bad[] = {
		CLAIM "}",
		"\"seq\":0," CLAIM "}",
		"\"seq\":-1," CLAIM "}",
		"\"seq\":\"1\"," CLAIM "}",
		"\"seq\":1.5," CLAIM "}",
		"\"seq\":null," CLAIM "}",
		"\"seq\":1,\"step\":\"eat\",\"state\":\"intent\"" REST "}",
		"\"seq\":1,\"step\":\"\",\"state\":\"intent\"" REST "}",
		"\"seq\":1,\"step\":0,\"state\":\"intent\"" REST "}",
		"\"seq\":1,\"state\":\"intent\"" REST "}",
		"\"seq\":1,\"step\":\"claim\",\"state\":\"maybe\"" REST "}",
		"\"seq\":1,\"step\":\"claim\"" REST "}",
		"\"seq\":1," CLAIM ",\"group\":-1}",
		"\"seq\":1," CLAIM ",\"group\":\"9\"}",
		"\"seq\":1," CLAIM ",\"group\":9e1}",
		"\"seq\":1," BIND ",\"driver\":7}",
		"\"seq\":1," BIND ",\"driver\":[\"x\"]}",
		"\"seq\":1," BIND ",\"was_vfs\":\"1\"}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		refuse_line(NULL, bad[i], -EBADMSG, 2);
}

#define STEP(rest)                                                                       \
	"\"seq\":1,\"step\":\"claim\",\"state\":\"intent\",\"batch\":1" rest "}"
#define DONE(rest) "\"seq\":1,\"step\":\"claim\",\"state\":\"done\"" rest "}"

/* What a step is about is said by each of its records, and the same by all. */
static void a_record_without_its_device_is_refused(void **state)
{
	static const char *const first[] = {
		STEP(""),
		STEP(",\"device\":\"\""),
		STEP(",\"device\":null"),
		STEP(",\"device\":7"),
	};
	static const char *const later[] = {
		DONE(""),
		DONE(",\"device\":\"\""),
		DONE(",\"device\":\"e\""),
	};
	static const char header[] =
		"\"version\":1,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}";
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(first); i++)
		refuse_line(NULL, first[i], -EBADMSG, 2);
	for (i = 0; i < VPREP_ARRAY_SIZE(later); i++) {
		_cleanup_buf_ struct vprep_buf buf = { 0 };
		struct text_journal got;

		text_add_line(&buf, header);
		text_add_line(&buf, STEP(",\"device\":\"d\""));
		text_add_line(&buf, later[i]);
		assert_int_equal(text_parse(&got, buf.data, buf.len), -EBADMSG);
		assert_non_null(strstr(got.err.message, "line 3: "));
	}
}

static void a_state_without_its_step_is_refused(void **state)
{
	(void)state;
	refuse_line(NULL, DONE(",\"device\":\"d\""), -EBADMSG, 2);
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"}",
		"",
		"\"seq\":1," CLAIM,
		"\"seq\":1," CLAIM "}}",
		"\"seq\":1," CLAIM "}{}",
		"\"seq\":1," CLAIM ",\"x\":[[[[[[1]]]]]]}",
		"\"seq\":1," CLAIM ",\"x\":{\"x\":{\"x\":{\"x\":{}}}}}",
	};
	_cleanup_free_ char *deep = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		refuse_line(NULL, bad[i], -EBADMSG, 2);
	deep = malloc(1000001);
	memset(deep, '[', 1000000);
	memcpy(deep, "\"x\":", 4);
	deep[1000000] = '\0';
	refuse_line(NULL, deep, -EBADMSG, 2);
}

/* A NUL would end the string that a reader of it gets. */
static void a_nul_in_a_string_is_refused(void **state)
{
	(void)state;
	refuse_line(NULL,
		    "\"seq\":1,\"step\":\"claim\",\"state\":\"intent\",\"batch\":1,"
		    "\"device\":\"0000:05:10.1\\u0000x\"}",
		    -EBADMSG, 2);
}

static void a_step_keeps_its_kind(void **state)
{
	(void)state;
	refuse_line("\"version\":1,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}",
		    "\"version\":1,\"boot_id\":\"b\",\"kind\":\"k\",\"name\":\"n\"}",
		    -EBADMSG, 2); /* a second header */
}

static void a_large_line_is_read_back(void **state)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct text_journal got;
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	_cleanup_free_ char *content = malloc(2000001);
	struct vprep_step *step = step_add(&steps, "udev-rule", "x");

	(void)state;
	memset(content, '\n', 2000000);
	content[2000000] = '\0';
	step_set_text(step, "content", content);
	step->seq = 1;
	step->request = 1;
	text_add_header(&buf);
	vprep_record_step(&buf, step);
	assert_int_equal(text_parse(&got, buf.data, buf.len), 0);
	assert_string_equal(vprep_step_text(&got.steps.items[0], "content"), content);
	text_done(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_header_is_read_back),
		TEST(a_step_is_read_back),
		TEST(a_state_changes_a_step_and_nothing_else),
		TEST(an_empty_text_is_an_empty_journal),
		TEST(another_version_is_refused),
		TEST(a_header_lacks_nothing),
		TEST(a_step_lacks_nothing_and_has_its_types),
		TEST(a_record_without_its_device_is_refused),
		TEST(a_state_without_its_step_is_refused),
		TEST(what_is_not_json_is_refused),
		TEST(a_nul_in_a_string_is_refused),
		TEST(a_step_keeps_its_kind),
		TEST(a_large_line_is_read_back),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
