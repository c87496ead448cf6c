// SPDX-License-Identifier: GPL-2.0-or-later
/* A device that is not what the configuration says of its address is never taken. */
#include <errno.h>
#include <string.h>

#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define SERIAL "sys/bus/pci/devices/%s/nvme/nvme3/serial"
/* The fixture's own keys are the first three lines. */
#define WANTS_A "[device " VF "]\nmatch = serial=A\n"
#define VF_ELEMENT                                                                       \
	"<hostdev type='pci' managed='no'><source><address bus='5' slot='0x10' "         \
	"function='1'/></source></hostdev>"

static int setup(void **state)
{
	struct host *h;

	if (vf_setup(state) < 0)
		return -1;
	h = *state;
	fake_put(h->fake, 0444, "B\n", SERIAL, VF);
	fake_add_mdev_type(h->fake,
			   &(struct fake_mdev_type){ SND, "nvidia-11", .instances = 4 });
	host_remember(h);
	return 0;
}

#define IDENTITY_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static void check_refused(struct host *h, int r, const char *message)
{
	assert_int_equal(r, -EPERM);
	assert_int_equal(vprep_error_exit_status(&h->err), 3);
	if (h->err.code != VPREP_E_REFUSED || !strstr(h->err.message, message))
		fail_msg("%d %s", (int)h->err.code, h->err.message);
	host_check_same(h);
}

static void another_device_at_the_address_is_refused(void **state)
{
	static const char message[] = "vfio-prep.conf:5 says (match = serial=A; it is "
				      "serial=B); try: correct the line";
	struct host *h = *state;

	host_configure(h, WANTS_A);
	check_refused(h, host_attach(h, VF), VF " is not the device that ");
	check_refused(h, host_attach(h, VF), message);
	assert_string_equal(h->err.device, VF);
	check_refused(h, host_ask(h, VF, (struct vprep_request){ .force = true }),
		      message);
	check_refused(h, host_prepare(h, VF_ELEMENT), message);
	assert_int_equal(host_attach(h, VF2), 0);
}

static void check_and_plan_tell_it(void **state)
{
	static const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_reasons *reasons;
	struct vprep_plan *plan;
	struct host *h = *state;

	host_configure(h, WANTS_A);
	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 1);
	assert_int_equal(reasons->items[0].code, VPREP_E_REFUSED);
	assert_string_equal(reasons->items[0].device, VF);
	assert_non_null(strstr(reasons->items[0].message, "it is serial=B"));
	assert_non_null(reasons->items[0].fix);
	vprep_reasons_free(reasons);
	check_refused(h, vprep_plan(h->session, &request, &plan, &h->err), "serial=B");
}

static void the_right_device_is_taken(void **state)
{
	struct host *h = *state;

	host_configure(h, "[device " VF "]\nmatch = serial=A\nmatch = vendor=8086 "
			  "serial=b\n");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, VF), 0);
	/* all words of a line must hold */
	host_configure(h, "[device " VF "]\nmatch = serial=A\n\nmatch = vendor=8087 "
			  "serial=B\n");
	check_refused(h, host_attach(h, VF),
		      ":7 says (match = serial=A | vendor=8087 serial=B; it is "
		      "serial=B vendor=8086)");
	host_configure(h, "[device " VF "]\nmatch = slot=3\n");
	check_refused(h, host_attach(h, VF), "it is slot=(none)");
}

static void the_one_that_is_meant_is_named_where_it_is_now(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0444, "A\n", SERIAL, VF2);
	host_remember(h);
	host_configure(h, WANTS_A);
	check_refused(h, host_attach(h, VF), "try: name " VF2 ", which is that one now");
}

/* Bound for a guest, it does not show all that it is known by. */
static void what_is_held_already_stays_held(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, VF_ELEMENT), 0);
	host_remember(h);
	host_configure(h, WANTS_A);
	assert_int_equal(host_prepare(h, VF_ELEMENT), 0);
	host_check_same(h);
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	host_check_driver(h, VF, "igbvf");
}

/* A declared name means it, and yet it is not the one. */
static void no_declared_name_leads_to_it(void **state)
{
	static const char declared[] =
		"[device any]\nmatch = address=*:05:10.*\n"
		"[device guests]\nmatch = address=" VF "\nboot = bind\n";
	struct host *h = *state;
	struct vprep_differences *differences = NULL;

	fake_put(h->fake, 0644, declared, "etc/vfio-prep.d/test.conf");
	host_configure(h, WANTS_A);
	host_remember(h);
	assert_int_equal(vprep_apply_declared(h->session, NULL, false, &differences,
					      &h->err),
			 -ENODEV);
	vprep_differences_free(differences);
	assert_non_null(strstr(h->err.message, "it is serial=B"));
	assert_int_equal(vprep_error_exit_status(&h->err), 3);
	host_check_same(h);
	assert_int_equal(host_attach(h, "@any"), 0);
	host_check_driver(h, VF2, "vfio-pci");
	host_check_driver(h, VF, "igbvf");
	assert_int_equal(host_attach(h, "@any"), -EBUSY);
	assert_non_null(strstr(h->err.message, VF ": " VF " is not the device that"));
}

static void another_pf_gets_no_vfs(void **state)
{
	struct host *h = *state;

	host_configure(h, "[device " PF "]\nmatch = device=1521\n");
	check_refused(h, vf_numvfs(h, 4), PF " is not the device that ");
	check_refused(h, vf_numvfs(h, 0), "match = device=1521; it is device=");
}

static void another_parent_makes_no_mdevs(void **state)
{
	const struct vprep_mdev_request request = { .type = "nvidia-11", .uuid = UUID };
	struct host *h = *state;

	host_configure(h, "[device " SND "]\nmatch = vendor=10de\n");
	check_refused(h, mdev_create(h, request, NULL), "it is vendor=8086");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IDENTITY_TEST(another_device_at_the_address_is_refused),
		IDENTITY_TEST(check_and_plan_tell_it),
		IDENTITY_TEST(the_right_device_is_taken),
		IDENTITY_TEST(the_one_that_is_meant_is_named_where_it_is_now),
		IDENTITY_TEST(what_is_held_already_stays_held),
		IDENTITY_TEST(no_declared_name_leads_to_it),
		IDENTITY_TEST(another_pf_gets_no_vfs),
		IDENTITY_TEST(another_parent_makes_no_mdevs),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
