// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs and libraries of different versions: the structures between them. */
#include "session/session.h"

#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

/* A structure as it was first, as this library knows it, and as a newer one does. */
struct first {
	size_t size;
	int a;
};

struct known {
	size_t size;
	int a;
	int padding;
	const char *b;
};

struct newer {
	size_t size;
	int a;
	int padding;
	const char *b;
	long c;
};

#define FIRST (offsetof(struct first, a) + sizeof(int))

static int copy(struct known *to, const void *from, struct vprep_error *err)
{
	*to = (struct known){ 1, 2, 3, "stale" };
	return vprep_input_copy(to, sizeof(*to), FIRST, from, err);
}

static void what_an_older_program_does_not_say_is_zero(void **state)
{
	const struct first sized = { FIRST, 7 };
	/* nothing behind it is read: memory checkers would say so */
	struct first *unsized = malloc(FIRST);
	struct known k;

	(void)state;
	assert_int_equal(copy(&k, &sized, NULL), 0);
	assert_int_equal(k.a, 7);
	assert_null(k.b);

	memcpy(unsized, &(const struct first){ 0, 8 }, FIRST);
	assert_int_equal(copy(&k, unsized, NULL), 0);
	assert_int_equal(k.a, 8);
	assert_null(k.b);
	assert_int_equal(k.size, sizeof(k));
	free(unsized);
}

static void what_the_program_says_is_all_there(void **state)
{
	const struct known asked = { sizeof(asked), 7, 0, "b" };
	struct known k;

	(void)state;
	assert_int_equal(copy(&k, &asked, NULL), 0);
	assert_int_equal(k.a, 7);
	assert_string_equal(k.b, "b");
}

static void a_newer_program_may_ask_for_what_is_known(void **state)
{
	struct newer asked = { sizeof(asked), 7, 0, "b", 0 };
	struct vprep_error err = { 0 };
	struct known k;

	(void)state;
	assert_int_equal(copy(&k, &asked, NULL), 0);
	assert_string_equal(k.b, "b");
	asked.c = 1;
	assert_int_equal(copy(&k, &asked, &err), -E2BIG);
	assert_int_equal(err.code, VPREP_E_UNSUPPORTED);
}

static void a_size_that_never_was_is_refused(void **state)
{
	const struct first asked = { FIRST - 1, 7 };
	struct known k;

	(void)state;
	assert_int_equal(copy(&k, &asked, NULL), -EINVAL);
}

/* ---- every call that takes such a structure ---- */

#define WRONG 1

static void every_call_looks_at_the_size(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, NULL };
	const struct vprep_options options = { .size = WRONG };
	const struct vprep_request request = { .size = WRONG, .names = names };
	const struct vprep_detach_request detach = { .size = WRONG, .names = names };
	const struct vprep_sriov_request sriov = { .size = WRONG, .pf = VF };
	const struct vprep_mdev_request mdev = { .size = WRONG, .type = "x" };
	const struct vprep_node_filter filter = { .size = WRONG };
	struct vprep_launch_command command = { .size = WRONG, .name = "sh" };
	const struct vprep_request good = { .names = names };
	struct vprep_node_devices *devices;
	struct vprep_session *session;
	struct vprep_reasons *reasons;
	struct vprep_launch *launch;
	struct vprep_plan *plan;
	char *text;
	size_t n;

	assert_int_equal(vprep_session_new(&options, &session, NULL), -EINVAL);
	assert_int_equal(vprep_attach(h->session, &request, NULL), -EINVAL);
	assert_int_equal(vprep_check(h->session, &request, &reasons, NULL), -EINVAL);
	assert_int_equal(vprep_plan(h->session, &request, &plan, NULL), -EINVAL);
	assert_int_equal(vprep_launch(h->session, &request, &launch, NULL), -EINVAL);
	assert_int_equal(vprep_launch_look_up(h->session, &good, &command, NULL),
			 -EINVAL);
	assert_int_equal(vprep_detach(h->session, &detach, NULL), -EINVAL);
	assert_int_equal(vprep_numvfs(h->session, &sriov, NULL), -EINVAL);
	assert_int_equal(vprep_mdev_create(h->session, &mdev, NULL, NULL), -EINVAL);
	assert_int_equal(vprep_node_devices(h->session, &filter, &devices, NULL),
			 -EINVAL);
	assert_int_equal(vprep_node_devices_count(h->session, &filter, &n, NULL),
			 -EINVAL);
	assert_int_equal(vprep_node_devices_json(h->session, &filter, &text, NULL),
			 -EINVAL);
}

static void a_number_of_a_newer_program_is_refused(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names,
					       .policy = (enum vprep_group_policy)(
						       VPREP_POLICY_STRICT + 1) };
	const struct vprep_node_filter filter = { .presence = (enum vprep_node_presence)(
							  VPREP_NODE_ANY + 1) };
	struct vprep_node_devices *devices;
	char *text;

	assert_int_equal(vprep_attach(h->session, &request, &h->err), -E2BIG);
	assert_int_equal(h->err.code, VPREP_E_UNSUPPORTED);
	assert_int_equal(vprep_node_devices(h->session, &filter, &devices, NULL), -E2BIG);
	assert_int_equal(
		vprep_node_device_describe(h->session, "pci_0000_05_10_1",
					   (enum vprep_node_format)(VPREP_NODE_JSON + 1),
					   &text, NULL),
		-E2BIG);
	host_check_same(h);
}

static void who_names_nothing_gives_nothing_back(void **state)
{
	const char *const none[] = { NULL };
	const struct vprep_detach_request nothing[] = {
		{ 0 }, { .names = none }, { .names = none, .owner = "manual" }
	};
	struct host *h = *state;
	size_t i;

	assert_int_equal(host_attach(h, VF), 0);
	for (i = 0; i < VPREP_ARRAY_SIZE(nothing); i++) {
		assert_int_equal(vprep_detach(h->session, &nothing[i], &h->err), -EINVAL);
		assert_int_equal(h->err.code, VPREP_E_USAGE);
		host_check_driver(h, VF, "vfio-pci");
	}
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void sizes_of_today_are_taken(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .size = sizeof(request), .names = names };
	const struct vprep_detach_request detach = { .size = sizeof(detach),
						     .names = names };

	assert_int_equal(vprep_attach(h->session, &request, &h->err), 0);
	assert_int_equal(vprep_detach(h->session, &detach, &h->err), 0);
}

static void a_check_of_a_newer_program_tells_of_each_name(void **state)
{
	struct host *h = *state;
	const char *const names[] = { VF, "no-such", NULL };
	const struct {
		struct vprep_request known;
		const char *more[32];
	} request = { { .size = sizeof(request), .names = names }, { NULL } };
	struct vprep_reasons *reasons;

	assert_int_equal(vprep_check(h->session, &request.known, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 1);
	assert_string_equal(reasons->items[0].device, "no-such");
	vprep_reasons_free(reasons);
}

static void items_are_those_of_the_array(void **state)
{
	struct host *h = *state;
	struct vprep_status *status;
	struct vprep_groups *groups;
	size_t i;

	assert_int_equal(host_attach(h, VF " " NIC), 0);
	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	assert_ptr_equal(vprep_status_owner_at(status, 0), status->owners);
	assert_null(vprep_status_owner_at(status, 1));
	assert_true(status->owners->n_steps > 1);
	assert_ptr_equal(vprep_status_step_at(status->owners, 1),
			 &status->owners->steps[1]);
	vprep_status_free(status);

	assert_int_equal(vprep_groups(h->session, &groups, &h->err), 0);
	for (i = 0; i < groups->n; i++)
		assert_ptr_equal(vprep_group_at(groups, i), &groups->items[i]);
	assert_null(vprep_group_at(groups, i));
	assert_null(vprep_group_at(groups, SIZE_MAX));
	vprep_groups_free(groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_older_program_does_not_say_is_zero),
		cmocka_unit_test(what_the_program_says_is_all_there),
		cmocka_unit_test(a_newer_program_may_ask_for_what_is_known),
		cmocka_unit_test(a_size_that_never_was_is_refused),
		HOST_TEST(every_call_looks_at_the_size),
		HOST_TEST(a_number_of_a_newer_program_is_refused),
		HOST_TEST(who_names_nothing_gives_nothing_back),
		HOST_TEST(sizes_of_today_are_taken),
		HOST_TEST(a_check_of_a_newer_program_tells_of_each_name),
		HOST_TEST(items_are_those_of_the_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
