// SPDX-License-Identifier: GPL-2.0-or-later
/* groups: which are shown, and how. The library is a double. */
#include <json-c/json.h>

#include "args.h"
#include "command-test.h"
#include "verb.h"

#define OWNER "web\n\x1b[31m\xe2\x80\xae\xff"

static struct vprep_groups group_list = {
	COUNTED(struct vprep_group,
		{ .number = 12,
		  .viable = false,
		  .owner = OWNER,
		  .n_members = 2,
		  .members = ARRAY(
			  struct vprep_group_member,
			  { "pci_0000_05_10_1", "0000:05:10.1", "igbvf", 0x020000, false },
			  { "pci_0000_00_05_0", "0000:00:05.0", NULL, 0x060400, true }),
		  .n_blockers = 1,
		  .blockers = ARRAY(const char *, "0000:05:10.1 is bound to igbvf") },
		{ .number = 13, .viable = true }),
};

int vprep_groups(struct vprep_session *session, struct vprep_groups **ret,
		 struct vprep_error *err)
{
	(void)session, (void)err;
	*ret = &group_list;
	return 0;
}

void vprep_groups_free(struct vprep_groups *unused)
{
	(void)unused;
}

static char *answer;

/* Runs the verb, with one word or none; its answer is in @answer. */
static struct vprep_error err;

static int run(const char *word, bool json)
{
	const char *names[] = { word, NULL };
	struct vprep_args args = { .verb = &vprep_verb_groups,
				   .names = names,
				   .n_names = word ? 1 : 0 };
	struct vprep_out out;
	const struct vprep_call call = { .args = &args, .out = &out, .err = &err };
	int status;

	err = (struct vprep_error){ 0 };
	if (json)
		args.values[VPREP_OPT_JSON] = "";
	out_begin(&out, 0);
	status = vprep_verb_groups.run(&call);
	free(answer);
	answer = out_end(&out);
	return status;
}

static int end(void **state)
{
	free(answer);
	answer = NULL;
	return test_end(state);
}

static void groups_are_listed_whatever_their_owner_is_called(void **state)
{
	struct json_object *got, *want;

	(void)state;
	assert_int_equal(run(NULL, true), 0);
	got = json_tokener_parse(answer);
	want = json_tokener_parse(
		"[{\"group\":12,\"viable\":false,"
		"\"owner\":\"web\\n\\u001b[31m\\u202e?\",\"members\":["
		"{\"name\":\"pci_0000_05_10_1\",\"address\":\"0000:05:10.1\","
		"\"driver\":\"igbvf\",\"class\":\"0x020000\",\"bridge\":false},"
		"{\"name\":\"pci_0000_00_05_0\",\"address\":\"0000:00:05.0\","
		"\"class\":\"0x060400\",\"bridge\":true}],"
		"\"blockers\":[\"0000:05:10.1 is bound to igbvf\"]},"
		"{\"group\":13,\"viable\":true,\"members\":[],\"blockers\":[]}]");
	assert_non_null(want);
	if (!got || !json_object_equal(got, want))
		fail_msg("%s", answer);
	json_object_put(got);
	json_object_put(want);
	assert_int_equal(run(NULL, false), 0);
	assert_string_equal(answer,
			    "GROUP  VIABLE  DEVICE        CLASS   DRIVER\n"
			    "   12  no      0000:05:10.1  nic     igbvf\n"
			    "               0000:00:05.0  bridge  -       left alone\n"
			    "       owner: web??[31m????\n"
			    "       ! 0000:05:10.1 is bound to igbvf\n"
			    "   13  yes     (empty)\n");
}

static void a_number_or_a_member_picks_a_group(void **state)
{
	static const char *const words[] = { "12", "05:10.1", "0000:00:05.0",
					     "pci_0000_05_10_1" };
	struct vprep_groups all = group_list;

	(void)state;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(words); i++) {
		assert_int_equal(run(words[i], false), 0);
		assert_non_null(strstr(answer, "   12  no "));
		assert_null(strstr(answer, "   13  yes"));
		group_list = all;
	}
}

static void a_word_that_means_no_group_is_refused(void **state)
{
	(void)state;
	assert_int_equal(run("99", false), -ENODEV);
	assert_int_equal(vprep_error_exit_status(&err), 3);
	assert_string_equal(answer, "");
	assert_non_null(
		strstr(err.message, "'99' is no IOMMU group, and no device in one"));
}

#define GROUPS_TEST(fn) cmocka_unit_test_setup_teardown(fn, test_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GROUPS_TEST(groups_are_listed_whatever_their_owner_is_called),
		GROUPS_TEST(a_number_or_a_member_picks_a_group),
		GROUPS_TEST(a_word_that_means_no_group_is_refused),
	};

	return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
