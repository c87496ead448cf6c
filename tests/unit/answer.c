// SPDX-License-Identifier: GPL-2.0-or-later
/* What a verb has changed, and why one failed, in JSON. */
#include <json-c/json.h>
#include <string.h>

#include "answer.h"
#include "args.h"
#include "changes-double.h"
#include "command-test.h"
#include "message.h"

void vprep_reasons_free(struct vprep_reasons *reasons)
{
	(void)reasons;
}

static const struct vprep_verb changing = { .name = "attach", .answers_changes = true };
static const struct vprep_verb looking = { .name = "status" };
static char *answer;
static struct vprep_out out;
static struct vprep_error err;

static int end(void **state)
{
	free(answer);
	answer = NULL;
	noted = (struct vprep_changes){ 0 };
	return test_end(state);
}

/* A call of the verb, whose answer is in @out. */
static struct vprep_call begin(struct vprep_args *args, const struct vprep_verb *verb,
			       bool json)
{
	static char session; /* which nobody looks into */

	*args = (struct vprep_args){ .verb = verb };
	args->values[VPREP_OPT_JSON] = json ? "" : NULL;
	err = (struct vprep_error){ 0 };
	out_begin(&out, 0);
	return (struct vprep_call){
		.session = (void *)&session, .args = args, .out = &out, .err = &err
	};
}

static void check_text(const char *expected)
{
	free(answer);
	answer = out_end(&out);
	assert_string_equal(answer, expected);
}

static void check_json(const char *expected)
{
	struct json_object *got, *want = json_tokener_parse(expected);

	free(answer);
	answer = out_end(&out);
	got = json_tokener_parse(answer);
	assert_non_null(want);
	if (!got || !json_object_equal(got, want))
		fail_msg("%s", answer);
	json_object_put(got);
	json_object_put(want);
}

static void what_was_done_is_told_device_by_device(void **state)
{
	const struct vprep_change changes[] = {
		{ .device = "0000:05:10.1",
		  .what = "attached",
		  .owner = "manual",
		  .group = 12,
		  .driver_was = "igbvf",
		  .driver = "vfio-pci",
		  .node = "/dev/vfio/12",
		  .own_node = "/dev/vfio/devices/vfio0",
		  .uid = 107,
		  .gid = 108,
		  .mode = 0600,
		  .vfs_was = -1,
		  .vfs = -1 },
		{ .device = "0000:05:00.1",
		  .what = "numvfs",
		  .group = -1,
		  .vfs_was = 0,
		  .vfs = 7 },
	};
	struct vprep_args args;
	struct vprep_call call = begin(&args, &changing, true);

	(void)state;
	noted = (struct vprep_changes){ 2, changes };
	vprep_answer_changes(&call, NULL);
	assert_non_null(out.stays); /* if nobody gets the answer */
	check_json("{\"version\":1,\"verb\":\"attach\",\"changes\":["
		   "{\"device\":\"0000:05:10.1\",\"change\":\"attached\","
		   "\"owner\":\"manual\",\"group\":12,\"placeholder\":false,"
		   "\"driver_was\":\"igbvf\",\"driver\":\"vfio-pci\","
		   "\"node\":\"/dev/vfio/12\","
		   "\"own_node\":\"/dev/vfio/devices/vfio0\","
		   "\"uid\":107,\"gid\":108,\"mode\":\"0600\"},"
		   "{\"device\":\"0000:05:00.1\",\"change\":\"numvfs\","
		   "\"placeholder\":false,\"vfs_was\":0,\"vfs\":7}]}");
}

static void a_new_name_is_the_answer_or_in_it(void **state)
{
	struct vprep_args args;
	struct vprep_call call = begin(&args, &changing, false);

	(void)state;
	vprep_answer_changes(&call, "scsi_host9");
	check_text("scsi_host9\n");
	call = begin(&args, &changing, true);
	vprep_answer_changes(&call, "scsi_host9");
	vprep_answer_changes(&call, NULL); /* main's comes too late */
	check_json("{\"version\":1,\"verb\":\"attach\",\"name\":\"scsi_host9\","
		   "\"changes\":[]}");
}

static void who_wants_text_gets_no_json(void **state)
{
	struct vprep_args args;
	struct vprep_call call = begin(&args, &changing, false);

	(void)state;
	vprep_answer_changes(&call, NULL);
	vprep_answer_failure(&call, -EBUSY);
	check_text("");
	/* nor does a verb with an answer of its own */
	call = begin(&args, &looking, true);
	vprep_answer_changes(&call, NULL);
	check_text("");
}

static void a_failure_has_all_reasons_and_what_was_done(void **state)
{
	struct vprep_reasons reasons = { COUNTED(
		struct vprep_reason, { VPREP_E_IN_USE, "a", "a is in use", "stop it" },
		{ VPREP_E_NOT_VIABLE, "b", "b is in the way", NULL }) };
	struct vprep_args args;
	struct vprep_call call = begin(&args, &changing, true);

	(void)state;
	err = (struct vprep_error){
		.code = VPREP_E_IN_USE,
		.number = EBUSY,
		.device = "a",
		.message = "a is in use; try: stop it",
	};
	refused = &reasons;
	vprep_answer_failure(&call, -EBUSY);
	check_json("{\"version\":1,\"verb\":\"attach\",\"changes\":[],\"error\":{"
		   "\"code\":\"in-use\",\"errno\":16,\"device\":\"a\","
		   "\"message\":\"a is in use; try: stop it\",\"fix\":\"stop it\","
		   "\"reasons\":[{\"code\":\"in-use\",\"device\":\"a\","
		   "\"message\":\"a is in use\",\"fix\":\"stop it\"},"
		   "{\"code\":\"not-viable\",\"device\":\"b\","
		   "\"message\":\"b is in the way\"}]}}");
}

static void a_verb_that_only_looks_says_why_it_cannot(void **state)
{
	struct vprep_args args;
	struct vprep_call call = begin(&args, &looking, true);

	(void)state;
	call.session = NULL; /* it could not be opened */
	vprep_answer_failure(&call, -ENOENT);
	check_json("{\"version\":1,\"verb\":\"status\",\"error\":{\"code\":\"ok\","
		   "\"errno\":2,\"message\":\"No such file or directory\"}}");
	call = begin(&args, &looking, true);
	fputs("[]\n", out.to);
	vprep_answer_failure(&call, -EIO); /* of what it has told */
	check_text("[]\n");
}

static void wrong_arguments_are_an_error_where_json_is_asked_for(void **state)
{
	char *const asks[] = { (char *)"vfio-prep", (char *)"attach", (char *)"--json",
			       NULL };
	char *const does_not[] = { (char *)"vfio-prep", (char *)"run",	  (char *)"--",
				   (char *)"x",		(char *)"--json", NULL };
	struct capture stderr_of;

	(void)state;
	stderr_of = capture_begin(STDERR_FILENO);
	vprep_message_usage("attach", "no %s named", "device");
	free(capture_end(&stderr_of));
	out_begin(&out, 0);
	vprep_answer_misuse(asks, &out);
	check_json("{\"version\":1,\"error\":{\"code\":\"usage\",\"errno\":22,"
		   "\"message\":\"no device named\"}}");
	out_begin(&out, 0);
	vprep_answer_misuse(does_not, &out);
	check_text("");
}

#define ANSWER_TEST(fn) cmocka_unit_test_setup_teardown(fn, test_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ANSWER_TEST(what_was_done_is_told_device_by_device),
		ANSWER_TEST(a_new_name_is_the_answer_or_in_it),
		ANSWER_TEST(who_wants_text_gets_no_json),
		ANSWER_TEST(a_failure_has_all_reasons_and_what_was_done),
		ANSWER_TEST(a_verb_that_only_looks_says_why_it_cannot),
		ANSWER_TEST(wrong_arguments_are_an_error_where_json_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
