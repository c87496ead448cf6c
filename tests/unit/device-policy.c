// SPDX-License-Identifier: GPL-2.0-or-later
/* d3cold_allowed, reset_method and power/control of a device while it is attached. */
#include <errno.h>

#include "common/str.h"
#include "crash-fixture.h"
#include "test.h"

#define DEVICE "sys/bus/pci/devices/" VF "/"
#define SECTION "[device " VF "]\n"
#define POLICY                                                                           \
	"parallel = 1\n" SECTION "d3cold = no\nreset-method = bus, flr\n"                \
	"power-control = on\n"

static int policy_setup(void **state)
{
	int r = host_setup(state);

	host_configure(*state, POLICY);
	host_remember(*state);
	return r;
}

#define POLICY_TEST(fn) cmocka_unit_test_setup_teardown(fn, policy_setup, host_teardown)

static void check_value(struct host *h, const char *attribute, const char *value)
{
	_cleanup_free_ char *now = fake_get(h->fake, "%s%s", DEVICE, attribute);

	assert_string_equal(now, value);
}

static void the_values_are_set_while_it_is_attached(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF " " VF2), 0);
	check_value(h, "d3cold_allowed", "0");
	check_value(h, "reset_method", "bus flr");
	check_value(h, "power/control", "on");
	assert_int_equal(host_detach(h, VF), 0);
	check_value(h, "d3cold_allowed", "1");
	check_value(h, "reset_method", "flr bus");
	check_value(h, "power/control", "auto");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_device_that_shares_its_group_goes_back_by_itself(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *now = NULL;

	host_configure(h, "[device " NIC "]\nd3cold = no\n");
	host_remember(h);
	assert_int_equal(host_attach(h, NIC " " FREE), 0);
	assert_int_equal(host_detach(h, NIC), 0);
	host_check_driver(h, NIC, "vfio-pci"); /* for the sake of the other */
	now = fake_get(h->fake, "sys/bus/pci/devices/" NIC "/d3cold_allowed");
	assert_string_equal(now, "1");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void no_reset_is_a_value_too(void **state)
{
	struct host *h = *state;

	host_configure(h, SECTION "reset-method = none\n");
	assert_int_equal(host_attach(h, VF), 0);
	check_value(h, "reset_method", "");
	check_value(h, "d3cold_allowed", "1");
	assert_int_equal(host_detach(h, VF), 0);
	check_value(h, "reset_method", "flr bus");
}

static void the_plan_says_it(void **state)
{
	const char *const names[] = { VF, NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_plan *plan = NULL;
	struct host *h = *state;
	size_t i;

	assert_int_equal(vprep_plan(h->session, &request, &plan, &h->err), 0);
	for (i = 0; i < plan->n_steps; i++)
		if (streq(plan->steps[i].kind, "device-policy"))
			break;
	assert_true(i < plan->n_steps);
	assert_string_equal(plan->steps[i].detail,
			    "d3cold_allowed 0, reset_method bus flr, power/control on");
	assert_string_equal(plan->steps[i].undo,
			    "back to d3cold_allowed as it was, reset_method as it was, "
			    "power/control as it was");
	vprep_plan_free(plan);
}

static void a_method_that_the_device_has_not_is_refused(void **state)
{
	struct host *h = *state;

	host_configure(h, SECTION "d3cold = no\nreset-method = pm\n");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), -EINVAL);
	assert_string_equal(h->err.message,
			    VF ": the kernel does not take 'pm' as its reset_method, "
			       "which is 'flr bus'; see [device " VF
			       "] in the configuration");
	host_check_same(h);
}

static void an_attribute_that_is_missing_is_refused(void **state)
{
	struct host *h = *state;

	fake_remove(h->fake, DEVICE "reset_method");
	host_remember(h);
	assert_int_equal(host_attach(h, VF), -ENOENT);
	assert_non_null(strstr(h->err.message, "cannot read its reset_method: the kernel "
					       "has none for this device"));
	host_check_same(h);
}

static void what_somebody_else_set_meanwhile_stays(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(vprep_io_write(h->session->io, "flr",
					"bus/pci/devices/" VF "/reset_method"),
			 0);
	assert_int_equal(host_detach(h, VF), 0);
	check_value(h, "reset_method", "flr");
	check_value(h, "d3cold_allowed", "1");
	assert_non_null(strstr(h->log, "its reset_method was changed by somebody else"));
	host_remember(h);
}

static void a_write_that_fails_rolls_all_back(void **state)
{
	static const char *const attributes[] = { "d3cold_allowed", "reset_method",
						  "power/control" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(attributes); i++) {
		_cleanup_free_ char *path = vprep_strf("*%s", attributes[i]);

		fake_fail(h->fake, path, 1, EIO);
		assert_int_equal(host_attach(h, VF), -EIO);
		assert_int_equal(h->err.code, VPREP_E_FAILED);
		host_check_same(h);
	}
}

static void a_killed_attach_is_put_right(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_nothing, crash_attach);
}

static void a_killed_detach_is_put_right(void **state)
{
	crash_names = VF;
	crash_everywhere(*state, crash_be_attached, crash_detach);
}

static void a_malformed_section_is_refused(void **state)
{
	static const char *const sections[][2] = {
		{ "[device 05:10.1]\n", "unknown section (an address in one is whole" },
		{ SECTION "d3cold = maybe\n", "d3cold = 'maybe': expected yes or no" },
		{ SECTION "power-control = off\n",
		  "power-control = 'off': expected on or auto" },
		{ SECTION "reset-method = ,\n",
		  "expected names such as 'flr bus', or none" },
		{ SECTION "reset-method = default\n",
		  "expected names such as 'flr bus', or none" },
		{ SECTION "speed = 1\n", "unknown key 'speed'" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(sections); i++) {
		_cleanup_free_ char *path =
			vprep_strf("%s/etc/other.conf", h->fake->path);
		struct vprep_config *config = NULL;
		struct vprep_error err = { 0 };

		fake_put(h->fake, 0644, sections[i][0], "etc/other.conf");
		assert_int_equal(vprep_config_read(path, &config, &err), -EINVAL);
		if (!strstr(err.message, sections[i][1]))
			fail_msg("'%s' does not say '%s'", err.message, sections[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		POLICY_TEST(the_values_are_set_while_it_is_attached),
		POLICY_TEST(a_device_that_shares_its_group_goes_back_by_itself),
		POLICY_TEST(no_reset_is_a_value_too),
		POLICY_TEST(the_plan_says_it),
		POLICY_TEST(a_method_that_the_device_has_not_is_refused),
		POLICY_TEST(an_attribute_that_is_missing_is_refused),
		POLICY_TEST(what_somebody_else_set_meanwhile_stays),
		POLICY_TEST(a_write_that_fails_rolls_all_back),
		POLICY_TEST(a_killed_attach_is_put_right),
		POLICY_TEST(a_killed_detach_is_put_right),
		POLICY_TEST(a_malformed_section_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
