// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Somebody else who does to a device what we are about to do, between our look and our
 * first write: the command fails, and what looks like ours stays his.
 */
#include <errno.h>

#include "common/str.h"
#include "test.h"
#include "vf-fixture.h"

static void (*meddle)(struct host *h);

/* The session asks for an interruption before its first child starts. */
static bool meddle_once(void *data)
{
	void (*work)(struct host *) = meddle;

	meddle = NULL;
	if (work)
		work(data);
	return false;
}

static void arm(struct host *h, void (*work)(struct host *h))
{
	meddle = work;
	h->session->interrupted = meddle_once;
	h->session->interrupted_data = h;
}

static void check_failed(struct host *h, int r)
{
	assert_int_equal(r, -ESTALE);
	assert_null(meddle);
	assert_int_equal(h->err.code, VPREP_E_FAILED);
	if (!strstr(h->err.message, "somebody else"))
		fail_msg("%s", h->err.message);
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	assert_false(fake_has(h->fake, "run/udev/rules.d"));
}

static void bind_for_himself(struct host *h)
{
	host_write(h, "vfio-pci", "bus/pci/devices/" VF "/driver_override");
	host_write(h, VF, "bus/pci/drivers/igbvf/unbind");
	host_write(h, VF, "bus/pci/drivers_probe");
}

static void a_device_that_he_bound_stays_bound(void **state)
{
	struct host *h = *state;

	arm(h, bind_for_himself);
	check_failed(h, host_attach(h, VF));
	host_check_driver(h, VF, "vfio-pci");
	host_check_override(h, VF, "vfio-pci");
	host_leaves(h, VF " vfio/7");
}

static void override_for_himself(struct host *h)
{
	host_write(h, "vfio-pci", "bus/pci/devices/" VF "/driver_override");
}

static void an_override_that_he_set_stays_set(void **state)
{
	struct host *h = *state;

	arm(h, override_for_himself);
	check_failed(h, host_attach(h, VF));
	host_check_driver(h, VF, "igbvf");
	host_check_override(h, VF, "vfio-pci");
	host_leaves(h, VF "/driver_override");
}

/* The others of the request go back. */
static void only_his_device_stays(void **state)
{
	struct host *h = *state;

	host_configure(h, "parallel = 1\n");
	arm(h, override_for_himself);
	check_failed(h, host_attach(h, VF2 " " VF));
	host_check_driver(h, VF2, "igbvf");
	host_check_override(h, VF2, NULL);
	host_check_override(h, VF, "vfio-pci");
	host_leaves(h, VF "/driver_override");
}

static void one_that_had_no_turn_is_not_touched(void **state)
{
	struct host *h = *state;

	host_configure(h, "parallel = 1\n");
	fake_fail(h->fake, "*/" VF2 "/driver_override", 1, EIO);
	arm(h, bind_for_himself);
	assert_int_equal(host_attach(h, VF2 " " VF), -EIO);
	assert_null(meddle);
	host_check_driver(h, VF2, "igbvf");
	host_check_driver(h, VF, "vfio-pci");
	host_check_override(h, VF, "vfio-pci");
	host_leaves(h, VF " vfio/7");
}

static void unbind(struct host *h)
{
	host_write(h, VF, "bus/pci/drivers/igbvf/unbind");
}

static void probe(struct host *h)
{
	host_write(h, VF, "bus/pci/drivers_probe");
}

/* A probe that was just running has ended between our look and our first write. */
static void what_the_kernel_does_itself_is_looked_at_again(void **state)
{
	struct host *h = *state;

	unbind(h);
	arm(h, probe);
	if (host_attach(h, VF) < 0)
		fail_msg("%s", h->err.message);
	assert_null(meddle);
	host_check_driver(h, VF, "vfio-pci");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
	host_check_driver(h, VF, "igbvf"); /* the state that was found at last */
}

/* How long the journal was at the last change. */
static size_t journal_len;

/* Once in each attempt, when what is to be done is recorded: how often the command asks
 * for an interruption before it does that depends on how busy this machine is. */
static bool toggle(void *data)
{
	struct host *h = data;
	_cleanup_free_ char *driver = NULL;
	_cleanup_free_ char *journal = fake_has(h->fake, OWNERS "manual.jsonl")
					       ? fake_get(h->fake, OWNERS "manual.jsonl")
					       : NULL;
	size_t len = journal ? strlen(journal) : 0;

	if (len == journal_len)
		return false;
	journal_len = len;
	driver = fake_link_name(h->fake, "sys/bus/pci/devices/" VF "/driver");
	if (!driver)
		probe(h);
	else if (streq(driver, "igbvf"))
		unbind(h);
	return false;
}

static void one_that_changes_all_the_time_fails_within_the_deadline(void **state)
{
	struct host *h = *state;

	/* a child must not need all of that, however busy this machine is */
	host_configure(h, "deadline-bind = 5\n");
	h->session->interrupted = toggle;
	h->session->interrupted_data = h;
	assert_int_equal(host_attach(h, VF), -VPREP_STEP_LOOK_AGAIN);
	h->session->interrupted = NULL;
	assert_non_null(strstr(h->err.message, "its driver changes all the time"));
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	host_leaves(h, VF);
}

static void make_five(struct host *h)
{
	host_write(h, "0", "bus/pci/devices/" PF "/sriov_numvfs");
	host_write(h, "5", "bus/pci/devices/" PF "/sriov_numvfs");
}

static void make_three(struct host *h)
{
	host_write(h, "0", "bus/pci/devices/" PF "/sriov_numvfs");
	host_write(h, "3", "bus/pci/devices/" PF "/sriov_numvfs");
}

static void check_vfs_that_he_made(struct host *h, void (*work)(struct host *h),
				   const char *count)
{
	const struct vprep_sriov_request vfs = { .pf = PF, .count = 5 };
	_cleanup_free_ char *now = NULL;

	arm(h, work);
	check_failed(h, vprep_numvfs(h->session, &vfs, &h->err));
	now = fake_get(h->fake, "sys/bus/pci/devices/" PF "/sriov_numvfs");
	assert_string_equal(now, count);
	host_leaves(h, VFS);
}

static void vfs_that_he_made_stay(void **state)
{
	check_vfs_that_he_made(*state, make_three, "3");
}

static void as_many_vfs_as_we_want_are_his_all_the_same(void **state)
{
	check_vfs_that_he_made(*state, make_five, "5");
}

static void give_the_mac(struct host *h)
{
	vf_set_mac(h, 0, MAC);
}

static void a_mac_address_that_he_gave_stays(void **state)
{
	struct host *h = *state;

	arm(h, give_the_mac);
	check_failed(h,
		     host_prepare(h, "<interface type='hostdev'><mac address='" MAC
				     "'/><source><address type='pci' bus='8' "
				     "slot='0x10' function='0'/></source></interface>"));
	vf_check(h, 0, MAC " 0 0 8100");
	host_check_driver(h, VF0, "igbvf");
	host_leaves(h, "links/eth1/0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_device_that_he_bound_stays_bound),
		HOST_TEST(an_override_that_he_set_stays_set),
		HOST_TEST(only_his_device_stays),
		HOST_TEST(one_that_had_no_turn_is_not_touched),
		HOST_TEST(what_the_kernel_does_itself_is_looked_at_again),
		HOST_TEST(one_that_changes_all_the_time_fails_within_the_deadline),
		VF_TEST(vfs_that_he_made_stay),
		VF_TEST(as_many_vfs_as_we_want_are_his_all_the_same),
		VF_TEST(a_mac_address_that_he_gave_stays),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
