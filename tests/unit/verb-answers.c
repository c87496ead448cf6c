// SPDX-License-Identifier: GPL-2.0-or-later
/* What verbs make of their arguments and of the library's results. */
#include <fcntl.h>
#include <json-c/json.h>

#include "args.h"
#include "changes-double.h"
#include "command-test.h"
#include "library-double.h"
#include "verb.h"

static char *answer;

/* Runs the verb; its answer is in @answer. */
static int run(const struct vprep_verb *verb, struct vprep_args *args)
{
	static const char *no_names[] = { NULL };
	struct vprep_error err = { 0 };
	struct vprep_out out;
	const struct vprep_call call = { .args = args, .out = &out, .err = &err };
	int status;

	if (!args->names)
		args->names = no_names;
	args->verb = verb;
	out_begin(&out, 0);
	status = verb->run(&call);
	free(answer);
	answer = out_end(&out);
	return status;
}

static void json_is(const struct vprep_verb *verb, struct vprep_args args, int status,
		    const char *expected)
{
	struct json_object *got, *want;

	args.values[VPREP_OPT_JSON] = "";
	assert_int_equal(run(verb, &args), status);
	got = json_tokener_parse(answer);
	want = json_tokener_parse(expected);
	assert_non_null(want);
	if (!got || !json_object_equal(got, want))
		fail_msg("%s", answer);
	json_object_put(got);
	json_object_put(want);
}

static void text_is(const struct vprep_verb *verb, int status, const char *expected)
{
	struct vprep_args args = { 0 };

	assert_int_equal(run(verb, &args), status);
	assert_string_equal(answer, expected);
}

static int end(void **state)
{
	free(answer);
	answer = NULL;
	return test_end(state);
}

static void status_has_owners_and_quarantine(void **state)
{
	(void)state;
	json_is(&vprep_verb_status, (struct vprep_args){ 0 }, 0,
		"{\"owners\":[{\"id\":\"manual\",\"name\":\"manual\",\"kind\":\"manual\","
		"\"state\":\"incomplete\",\"problem\":\"a command ended in the middle\","
		"\"devices\":[\"0000:05:10.1\"],\"groups\":[12],\"steps\":[{\"seq\":1,"
		"\"kind\":\"driver-bind\",\"state\":\"intent\","
		"\"device\":\"0000:05:10.1\"}],\"changed\":true,\"host\":["
		"{\"device\":\"0000:05:10.1\",\"present\":true,\"driver\":\"igbvf\","
		"\"node\":\"/dev/vfio/12\",\"uid\":2000000107,\"gid\":2000000108,\"mode\":\"0600\","
		"\"differs\":[\"its driver is igbvf\"],"
		"\"fix\":\"vfio-prep attach 0000:05:10.1\"}]}],\"quarantined\":["
		"{\"device\":\"0000:05:10.2\",\"reason\":\"unbind blocks\",\"pid\":77}],"
		"\"orphans\":[{\"devices\":[\"0000:05:10.3\"],\"owner\":\"web1\","
		"\"node\":\"/dev/vfio/13\",\"rule\":\"/run/x.rules\","
		"\"fix\":\"vfio-prep recover\"}]}");
	text_is(&vprep_verb_status, 0,
		"OWNER   NAME  KIND    STATE\n"
		"manual  -     manual  incomplete, changed\n"
		"  devices: 0000:05:10.1; groups: 12\n"
		"  0000:05:10.1: driver igbvf, /dev/vfio/12 2000000107:2000000108 0600\n"
		"  changed: 0000:05:10.1: its driver is igbvf\n"
		"  mend it: vfio-prep attach 0000:05:10.1\n"
		"  problem: a command ended in the middle\n"
		"  1 of 1 steps is not done; --verbose names it\n"
		"\n"
		"QUARANTINED   OWNER  PID  REASON\n"
		"0000:05:10.2  -       77  unbind blocks\n"
		"\n"
		"ORPHANED      OWNER  RULE\n"
		"0000:05:10.3  web1   /run/x.rules\n"
		"  the records of these are gone: 'vfio-prep recover' gives them back\n");
}

static void status_tells_since_when_and_each_step_when_asked(void **state)
{
	struct vprep_args args = { .values = { [VPREP_OPT_VERBOSE] = "" } };
	struct vprep_status_owner web1 = {
		.id = "web1",
		.kind = "domain",
		.state = "held",
		.n_steps = 1,
		.steps = ARRAY(struct vprep_status_step,
			       { 1, "driver-bind", "intent", "0000:05:10.1", false }),
		.since = 1000000000,
		.pid = 4711,
		.process = "pid 4711 (qemu, guest web1)",
	};
	struct vprep_status before = status_result;

	(void)state;
	status_result = (struct vprep_status){ .n_owners = 1, .owners = &web1 };
	assert_int_equal(run(&vprep_verb_status, &args), 0);
	assert_non_null(strstr(answer, "  since 2001-09-09 "));
	assert_non_null(strstr(answer, ", pid 4711 (qemu, guest web1)\n"));
	assert_non_null(strstr(answer, "  step 1: driver-bind 0000:05:10.1: intent\n"));
	status_result = before;
}

/* What is as it was left is not worth a line each. */
static void of_many_devices_status_shows_those_that_differ(void **state)
{
	struct vprep_status_owner many = { .id = "web2",
					   .kind = "domain",
					   .state = "held",
					   .n_devices = 5,
					   .devices = ARRAY(const char *, "a", "b", "c",
							    "d", "e"),
					   .n_groups = 5,
					   .groups = ARRAY(unsigned, 7, 8, 9, 11, 12) };
	struct vprep_status_device host[5] = { { .name = "a", .driver = "vfio-pci" } };
	struct vprep_status before = status_result;

	(void)state;
	host[3] = (struct vprep_status_device){
		.name = "d",
		.mode = -1,
		.n_differs = 1,
		.differs = ARRAY(const char *, "it is gone"),
	};
	many.host = host;
	status_result = (struct vprep_status){ .n_owners = 1, .owners = &many };
	text_is(&vprep_verb_status, 0,
		"OWNER  NAME  KIND    STATE\n"
		"web2   -     domain  held\n"
		"  5 devices: a to e; groups: 7 to 9, 11, 12\n"
		"  changed: d: it is gone\n");
	status_result = before;
}

static void recover_tells_by_its_status_that_something_is_left(void **state)
{
	(void)state;
	json_is(&vprep_verb_recover, (struct vprep_args){ 0 }, 4,
		"[{\"owner\":\"web1\",\"left\":false,\"text\":\"given back\"},"
		"{\"owner\":\"web2\",\"left\":true,"
		"\"text\":\"0000:05:10.1 is held by pid 7\"}]");
	text_is(&vprep_verb_recover, 4,
		"web1  clear  given back\n"
		"web2  left   0000:05:10.1 is held by pid 7\n");
}

static void check_lists_every_reason(void **state)
{
	(void)state;
	json_is(&vprep_verb_check, (struct vprep_args){ 0 }, 3,
		"{\"possible\":false,\"reasons\":[{\"code\":\"in-use\","
		"\"device\":\"0000:05:10.1\",\"message\":\"0000:05:10.1 is in use\","
		"\"fix\":\"stop it\"},{\"code\":\"not-found\","
		"\"message\":\"no such device\"}]}");
	text_is(&vprep_verb_check, 3,
		"not possible, 2 reasons\n"
		"in-use     0000:05:10.1 is in use\n"
		"           fix: stop it\n"
		"not-found  no such device\n");
}

static void plan_lists_steps_and_how_each_is_undone(void **state)
{
	(void)state;
	json_is(&vprep_verb_plan, (struct vprep_args){ 0 }, 0,
		"{\"owner\":\"manual\",\"steps\":[{\"id\":1,\"kind\":\"driver-bind\","
		"\"device\":\"0000:05:10.1\",\"detail\":\"igbvf -> vfio-pci\","
		"\"undo\":\"bind igbvf\"}]}");
	text_is(&vprep_verb_plan, 0,
		"owner manual, 1 step\n"
		"1  driver-bind  0000:05:10.1  igbvf -> vfio-pci\n"
		"                              undo: bind igbvf\n");
}

static void doctor_has_a_fix_for_each_problem(void **state)
{
	(void)state;
	json_is(&vprep_verb_doctor, (struct vprep_args){ 0 }, 0,
		"[{\"check\":\"iommu\",\"status\":\"ok\",\"detail\":\"it is on\"},"
		"{\"check\":\"user\",\"status\":\"problem\","
		"\"detail\":\"no user 'qemu'\",\"fix\":\"make one\"}]");
	text_is(&vprep_verb_doctor, 0,
		"ok       iommu  it is on\n"
		"problem  user   no user 'qemu'\n"
		"                fix: make one\n");
}

static void a_strict_doctor_refuses_a_host_with_a_problem(void **state)
{
	static const char said[] = "[{\"check\":\"iommu\",\"status\":\"warning\","
				   "\"detail\":\"it is on\"}]";
	struct vprep_args strict = { 0 };
	const struct vprep_diagnoses all = diagnoses;
	struct vprep_diagnosis warning = { "iommu", "warning", "it is on", NULL };

	(void)state;
	strict.values[VPREP_OPT_STRICT] = "";
	json_is(&vprep_verb_doctor, strict, 3,
		"[{\"check\":\"iommu\",\"status\":\"ok\",\"detail\":\"it is on\"},"
		"{\"check\":\"user\",\"status\":\"problem\","
		"\"detail\":\"no user 'qemu'\",\"fix\":\"make one\"}]");
	diagnoses = (struct vprep_diagnoses){ .n = 1, .items = &warning };
	json_is(&vprep_verb_doctor, strict, 0, said);
	diagnoses = all;
}

static void types_of_mediated_devices_are_listed(void **state)
{
	static const char *names[] = { "types", NULL };

	(void)state;
	json_is(&vprep_verb_mdev, (struct vprep_args){ .names = names, .n_names = 1 }, 0,
		"[{\"parent\":\"mtty\",\"type\":\"mtty-1\","
		"\"name\":\"Single port serial\",\"device_api\":\"vfio-pci\","
		"\"available_instances\":23,\"vgpu\":false,\"instances\":[\"a-uuid\"]}]");
}

static void qemu_s_words_are_quoted_for_a_shell(void **state)
{
	(void)state;
	json_is(&vprep_verb_qemu_args, (struct vprep_args){ 0 }, 0,
		"[\"-device\",\"{\\\"driver\\\":\\\"vfio-pci\\\"}\"]");
	text_is(&vprep_verb_qemu_args, 0, "-device 'vfio-pci,host=it'\\''s'\n");
}

static void a_cdi_specification_has_the_nodes(void **state)
{
	(void)state;
	json_is(&vprep_verb_cdi, (struct vprep_args){ 0 }, 0,
		"{\"cdiVersion\":\"0.6.0\",\"kind\":\"vfio-prep/device\",\"devices\":["
		"{\"name\":\"pci_0000_05_10_1\",\"containerEdits\":{\"deviceNodes\":["
		"{\"path\":\"/dev/vfio/12\",\"permissions\":\"rw\"}]}}]}");
}

static void options_become_the_request(void **state)
{
	static const char *names[] = { "05:10.1", NULL };
	struct vprep_args args = {
		.names = names,
		.n_names = 1,
		.values = { [VPREP_OPT_USER] = "qemu:kvm",
			    [VPREP_OPT_MODE] = "600",
			    [VPREP_OPT_DRIVER] = "vfio-pci",
			    [VPREP_OPT_OWNER] = "web1",
			    [VPREP_OPT_GROUP_POLICY] = "strict",
			    [VPREP_OPT_FORCE] = "" },
	};

	(void)state;
	assert_int_equal(run(&vprep_verb_attach, &args), 0);
	assert_string_equal(answer, "");
	assert_ptr_equal(asked.names, names);
	assert_string_equal(asked.user, "qemu:kvm");
	assert_string_equal(asked.mode, "600");
	assert_string_equal(asked.driver, "vfio-pci");
	assert_string_equal(asked.owner, "web1");
	assert_int_equal(asked.policy, VPREP_POLICY_STRICT);
	assert_true(asked.force);
	assert_null(asked.domain);
	args.values[VPREP_OPT_GROUP_POLICY] = "whole";
	run(&vprep_verb_attach, &args);
	assert_int_equal(asked.policy, VPREP_POLICY_WHOLE);
	args.values[VPREP_OPT_GROUP_POLICY] = NULL;
	run(&vprep_verb_attach, &args);
	assert_int_equal(asked.policy, VPREP_POLICY_DEFAULT);
}

/* The standard output is full: nobody would learn the name of what was made. */
static void a_device_whose_name_cannot_be_told_is_removed_again(void **state)
{
	static const char *names[] = { "create", NULL };
	struct vprep_args args = { .names = names, .n_names = 1 };
	struct vprep_error err = { 0 };
	struct vprep_out out;
	const struct vprep_call call = { .args = &args, .out = &out, .err = &err };
	struct capture capture;
	int full, r;

	(void)state;
	out_begin(&out, 0);
	capture = capture_begin(STDOUT_FILENO);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	dup2(full, STDOUT_FILENO);
	r = vprep_verb_mdev.run(&call);
	free(capture_end(&capture));
	close(full);
	free(out_end(&out));
	assert_int_equal(r, -ENOSPC);
	assert_string_equal(removed, "new-uuid");
	assert_int_equal(err.code, VPREP_E_FAILED);
	assert_non_null(strstr(err.message, "it was removed again"));
}

/* Status 1 would say that everything is as it was. */
static void are_left(const struct vprep_verb *verb, struct vprep_args args,
		     const char *what)
{
	static const char *no_names[] = { NULL };
	struct vprep_out out;
	const struct vprep_call call = { .args = &args, .out = &out };
	struct capture to, errors;
	_cleanup_free_ char *message = NULL;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), status;

	args.names = no_names;
	out_begin(&out, 0);
	assert_int_equal(verb->run(&call), 0);
	fputs("an answer", out.to);
	to = capture_begin(STDOUT_FILENO);
	errors = capture_begin(STDERR_FILENO);
	dup2(full, STDOUT_FILENO);
	status = vprep_out_finish(&out, 0);
	message = capture_end(&errors);
	free(capture_end(&to));
	close(full);
	assert_int_equal(status, 4);
	assert_non_null(strstr(message, what));
}

static void devices_of_an_answer_that_cannot_be_told_are_left(void **state)
{
	const struct vprep_args fill = { .values = { [VPREP_OPT_FILL] = "" } };
	const struct vprep_args plain = { .names = NULL };

	(void)state;
	are_left(&vprep_verb_prepare, fill,
		 "No space left on device; the devices stay prepared");
	are_left(&vprep_verb_prepare, plain,
		 "No space left on device; the devices stay prepared");
	are_left(&vprep_verb_attach, plain,
		 "No space left on device; the devices stay attached");
}

#define ANSWER_TEST(fn) cmocka_unit_test_setup_teardown(fn, test_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ANSWER_TEST(status_has_owners_and_quarantine),
		ANSWER_TEST(status_tells_since_when_and_each_step_when_asked),
		ANSWER_TEST(of_many_devices_status_shows_those_that_differ),
		ANSWER_TEST(recover_tells_by_its_status_that_something_is_left),
		ANSWER_TEST(check_lists_every_reason),
		ANSWER_TEST(plan_lists_steps_and_how_each_is_undone),
		ANSWER_TEST(doctor_has_a_fix_for_each_problem),
		ANSWER_TEST(a_strict_doctor_refuses_a_host_with_a_problem),
		ANSWER_TEST(types_of_mediated_devices_are_listed),
		ANSWER_TEST(qemu_s_words_are_quoted_for_a_shell),
		ANSWER_TEST(a_cdi_specification_has_the_nodes),
		ANSWER_TEST(options_become_the_request),
		ANSWER_TEST(a_device_whose_name_cannot_be_told_is_removed_again),
		ANSWER_TEST(devices_of_an_answer_that_cannot_be_told_are_left),
	};

	return cmocka_run_group_tests_name("verb-answers", tests, NULL, NULL);
}
