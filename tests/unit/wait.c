// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that a process still has open when they are to be given back, or taken. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

/* What is slow, as under valgrind, must not be taken for what is stuck. */
static void be_impatient(struct host *h)
{
	host_configure(h,
		       getenv("VPREP_TEST_SLOW") ? "deadline = 10\n" : "deadline = 1\n");
}

/* Children of killed commands come to us. */
static void reap(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void be_quarantined(struct host *h)
{
	assert_int_equal(host_detach(h, VF), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_int_equal(vprep_error_exit_status(&h->err), 4);
	assert_non_null(strstr(h->err.message, VF));
	assert_non_null(strstr(h->err.message, "recover"));
	assert_int_equal(host_count_quarantined(h), 1);
	assert_string_equal(host_owner_state(h, "manual"), "incomplete");
}

static void a_blocked_unbind_is_left_to_recover(void **state)
{
	struct host *h = *state;
	size_t n;

	be_impatient(h);
	assert_int_equal(host_attach(h, VF), 0);
	fake_hold(h->fake, VF);
	be_quarantined(h);
	assert_int_equal(host_recover(h, &n), -EIO); /* not yet */
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_int_equal(n, 1);
	assert_int_equal(host_count_quarantined(h), 1);
	fake_release(h->fake, VF);
	reap();
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 1);
	host_check_same(h);
}

static void a_blocked_device_does_not_keep_the_others(void **state)
{
	struct host *h = *state;

	be_impatient(h);
	assert_int_equal(host_attach(h, VF " " VF2 " " NIC), 0);
	fake_hold(h->fake, VF);
	assert_int_equal(host_detach(h, NULL), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	host_check_driver(h, VF2, "igbvf");
	host_check_driver(h, NIC, "e1000e");
	assert_false(fake_has(h->fake, RULES "99-vfio-prep-iommu_group_9.rules"));
	assert_true(fake_has(h->fake, RULES "99-vfio-prep-iommu_group_7.rules"));
	fake_release(h->fake, VF);
	reap();
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void a_quarantined_device_is_refused(void **state)
{
	struct host *h = *state;

	be_impatient(h);
	assert_int_equal(host_attach(h, VF), 0);
	fake_hold(h->fake, VF);
	be_quarantined(h);
	assert_int_equal(host_ask(h, VF, (struct vprep_request){ .owner = "b" }), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_int_equal(host_attach(h, VF), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_IN_USE);
	assert_non_null(strstr(h->err.message, "quarantine"));
	assert_int_equal(host_detach(h, VF), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_int_equal(host_attach(h, VF2), 0); /* others are free to go */
	assert_int_equal(host_count_quarantined(h), 1);
	assert_int_equal(host_detach(h, VF2), 0);
	fake_release(h->fake, VF);
	reap();
	assert_int_equal(host_detach(h, VF), 0); /* as recover would */
	host_check_same(h);
}

/* The native driver's unbind blocks: an attach that cannot even be rolled back. */
static void a_blocked_attach_is_left_to_recover(void **state)
{
	struct host *h = *state;

	be_impatient(h);
	fake_hold(h->fake, VF);
	assert_int_equal(host_attach(h, VF " " VF2), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	host_check_driver(h, VF2, "igbvf");
	assert_int_equal(host_count_quarantined(h), 1);
	fake_release(h->fake, VF);
	reap();
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* The command is killed while its child is in the kernel: that one goes on, and nobody
 * has recorded it. */
static int detach_all(struct host *h)
{
	return host_detach(h, NULL);
}

static void a_write_that_outlives_its_command_is_waited_for(void **state)
{
	struct host *h = *state;
	pid_t pid;

	be_impatient(h);
	assert_int_equal(host_attach(h, VF), 0);
	fake_hold(h->fake, VF);
	pid = fork();
	if (pid == 0)
		_exit(detach_all(h) < 0);
	while (!fake_has(h->fake, ".fake/busy/" VF))
		vprep_sleep_ms(5);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(host_recover(h, NULL), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_non_null(strstr(h->err.message, "that has not ended yet"));
	fake_release(h->fake, VF);
	reap();
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* It is seen before anything is unbound. */
static void an_open_node_is_waited_for_and_its_holder_named(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *writes = NULL, *after = NULL;

	be_impatient(h);
	assert_int_equal(host_attach(h, VF), 0);
	host_open(h, "/dev/vfio/7");
	writes = fake_log(h->fake);
	assert_int_equal(host_detach(h, VF), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_non_null(strstr(h->err.message, "4711"));
	assert_non_null(strstr(h->err.message, "/dev/vfio/7"));
	assert_non_null(strstr(h->log, "waiting"));
	after = fake_log(h->fake);
	assert_string_equal(after, writes); /* nothing was written that could block */
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_count_quarantined(h), 0);
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* Asked time and again whether it is to give up, while it waits. */
static bool close_node_when_waited_for(void *data)
{
	struct host *h = data;

	if (strstr(h->log, "waiting"))
		fake_remove(h->fake, "proc/4711");
	return false;
}

static bool tell_at_once(void *data, enum vprep_log_level level, const char *line)
{
	struct host *h = data;

	h->session->told(data, level, line);
	return true;
}

static void a_holder_that_goes_in_time_is_no_error(void **state)
{
	struct host *h = *state;

	vprep_session_set_try_log(h->session, tell_at_once);

	assert_int_equal(host_attach(h, VF), 0);
	host_open(h, "/dev/vfio/7");
	h->session->interrupted = close_node_when_waited_for;
	h->session->interrupted_data = h;
	assert_int_equal(host_detach(h, VF), 0);
	assert_false(fake_has(h->fake, "proc/4711"));
	host_check_same(h);
}

static int wait_setup(void **state)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return host_setup(state);
}

#define WAIT_TEST(fn) cmocka_unit_test_setup_teardown(fn, wait_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WAIT_TEST(a_blocked_unbind_is_left_to_recover),
		WAIT_TEST(a_blocked_device_does_not_keep_the_others),
		WAIT_TEST(a_quarantined_device_is_refused),
		WAIT_TEST(a_blocked_attach_is_left_to_recover),
		WAIT_TEST(a_write_that_outlives_its_command_is_waited_for),
		WAIT_TEST(an_open_node_is_waited_for_and_its_holder_named),
		WAIT_TEST(a_holder_that_goes_in_time_is_no_error),
	};

	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
