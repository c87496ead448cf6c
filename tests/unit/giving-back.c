// SPDX-License-Identifier: GPL-2.0-or-later
/* What is being given back, because a release of it began and did not end, is nobody's to
 * take until recover is done with it. */
#include <errno.h>
#include <unistd.h>

#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"
#include "vf-fixture.h"

/* Refused by name, with nothing changed and nothing told that contradicts it. */
static void check_refused(struct host *h, int r, const char *device, const char *owner,
			  const char *why)
{
	_cleanup_free_ char *text =
		vprep_strf("%s is being given back by %s: ", device, owner);

	if (r != -EBUSY || h->err.code != VPREP_E_OWNED ||
	    strncmp(h->err.message, text, strlen(text)) != 0 ||
	    !strstr(h->err.message, why) || !strstr(h->err.message, "vfio-prep recover"))
		fail_msg("%d (%d) '%s' instead of '%s%s'", r, (int)h->err.code,
			 h->err.message, text, why);
	assert_null(strstr(h->log, "cannot be given back"));
	assert_null(strstr(h->log, "attached"));
}

static void forget_log(struct host *h)
{
	free(h->log);
	h->log = strdup("");
}

static size_t count_devices(struct host *h)
{
	struct vprep_status *status;
	size_t n = 0, i;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	for (i = 0; i < status->n_owners; i++)
		n += status->owners[i].n_devices;
	vprep_status_free(status);
	return n;
}

/* The VF, by the owner "manual": a process has its node open. */
static void be_held(struct host *h)
{
	host_configure(h, "deadline = 1\n");
	assert_int_equal(host_attach(h, VF), 0);
	host_open(h, "/dev/vfio/7");
	assert_int_equal(host_detach(h, VF), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	forget_log(h);
}

static void be_free_again(struct host *h)
{
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

#define HOLDER "pid 4711 (qemu) had /dev/vfio/7 open"

static void a_held_device_is_refused_to_every_owner(void **state)
{
	static const struct vprep_request requests[] = {
		{ 0 },
		{ .user = "root" },
		{ .force = true },
		{ .owner = "b" },
		{ .owner = "run-1", .pid = 1 },
	};
	struct host *h = *state;
	size_t i;

	be_held(h);
	fake_put(h->fake, 0444, "1 (sh) S 1 1 1 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 7 0 0\n",
		 "proc/1/stat");
	for (i = 0; i < VPREP_ARRAY_SIZE(requests); i++)
		check_refused(h, host_ask(h, VF, requests[i]), VF, "owner 'manual'",
			      HOLDER);
	assert_null(strstr(h->log, "is still being given back")); /* said already */
	assert_int_equal(count_devices(h), 1);
	assert_string_equal(host_owner_state(h, "manual"), "incomplete");
	fake_remove(h->fake, "proc/1");
	be_free_again(h);
}

static void a_check_says_the_same(void **state)
{
	static const char *const names[] = { VF, NULL };
	static const struct vprep_request request = { .names = names };
	struct vprep_reasons *reasons;
	struct host *h = *state;

	be_held(h);
	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 1);
	assert_string_equal(reasons->items[0].device, VF);
	assert_non_null(strstr(reasons->items[0].message, HOLDER));
	assert_string_equal(reasons->items[0].fix, "vfio-prep recover");
	vprep_reasons_free(reasons);
	be_free_again(h);
}

/* Its other devices are not concerned; the next command says what is still to be done. */
static void an_owner_goes_on_with_other_devices(void **state)
{
	struct host *h = *state;

	be_held(h);
	assert_int_equal(host_attach(h, VF2), 0);
	assert_non_null(strstr(h->log, VF " is still being given back"));
	assert_null(strstr(h->log, "cannot be given back"));
	check_refused(h, (forget_log(h), host_attach(h, VF)), VF, "owner 'manual'",
		      HOLDER);
	assert_int_equal(host_detach(h, VF2), 0);
	be_free_again(h);
}

/* A device beside it would be in a group that is on its way back. */
static void its_group_is_refused(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline = 1\n");
	assert_int_equal(host_attach(h, NIC), 0);
	host_open(h, "/dev/vfio/9");
	assert_int_equal(host_detach(h, NIC), -EBUSY);
	forget_log(h);
	check_refused(h, host_attach(h, FREE), FREE, "owner 'manual'",
		      "pid 4711 (qemu) had /dev/vfio/9 open");
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* Its holder has ended: the attach finishes the release, and then takes the device. */
static void what_can_be_finished_is_finished_first(void **state)
{
	struct host *h = *state;

	be_held(h);
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(count_devices(h), 1);
	assert_string_equal(host_owner_state(h, "manual"), "held");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_same(h);
}

#define HOSTDEV                                                                          \
	"<hostdev mode='subsystem' type='pci'><source><address bus='5' slot='0x10' "     \
	"function='1'/></source></hostdev>"

static void a_domain_is_refused_what_it_is_giving_back(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline = 1\n");
	assert_int_equal(host_prepare(h, HOSTDEV), 0);
	host_open(h, "/dev/vfio/7");
	assert_int_equal(host_release(h, "web1", NULL), -EBUSY);
	forget_log(h);
	check_refused(h, host_prepare(h, HOSTDEV), VF, "domain 'web1'", HOLDER);
	be_free_again(h);
}

/* An undo that fails again and again: the driver cannot be taken off. */
static void a_failed_roll_back_is_refused(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "*/vfio-pci/unbind", 0, EIO);
	fake_fail(h->fake, "*", 3, EIO);
	assert_int_equal(host_attach(h, NIC), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	forget_log(h);
	check_refused(h, host_attach(h, NIC), NIC, "owner 'manual'", "cannot unbind");
	check_refused(h, host_ask(h, NIC, (struct vprep_request){ .owner = "b" }), NIC,
		      "owner 'manual'", "cannot unbind");
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* No rule file can be removed. */
static void be_without_rules(struct host *h)
{
	fake_remove(h->fake, "run/udev/rules.d");
	fake_put(h->fake, 0644, "", "run/udev/rules.d");
}

/* The claim is gone with the driver; the rule file cannot be removed. */
static void a_rule_that_cannot_go_is_refused(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
	be_without_rules(h);
	assert_int_equal(host_detach(h, VF), -ENOTDIR);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	forget_log(h);
	check_refused(h, host_attach(h, VF), VF, "owner 'manual'", "udev rule");
	check_refused(h, host_ask(h, VF, (struct vprep_request){ .owner = "b" }), VF,
		      "owner 'manual'", "udev rule");
	fake_remove(h->fake, "run/udev/rules.d");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* ---- other kinds ---- */

static void an_mdev_is_refused(void **state)
{
	static const char hostdev[] =
		"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"
		"<address uuid='" UUID "'/></source></hostdev>";
	struct host *h = *state;

	mdev_define(h, "mtty", "{ \"mdev_type\": \"mtty-2\", \"start\": \"manual\" }");
	host_remember(h);
	host_configure(h, "deadline = 1\n");
	assert_int_equal(host_prepare(h, hostdev), 0);
	fake_fail(h->fake, "*/remove", 0, EIO);
	assert_int_equal(host_release(h, "web1", NULL), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	forget_log(h);
	check_refused(h, host_prepare(h, hostdev), UUID, "domain 'web1'",
		      "cannot remove");
	check_refused(h, host_attach(h, "mdev_" UUID), UUID, "domain 'web1'",
		      "cannot remove");
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* It is gone, but what was made for it is not. */
static void an_mdev_is_not_made_anew_meanwhile(void **state)
{
	const struct vprep_mdev_request request = { .uuid = UUID, .type = "mtty-2" };
	struct host *h = *state;

	mdev_define(h, "mtty", "{ \"mdev_type\": \"mtty-2\", \"start\": \"manual\" }");
	host_remember(h);
	assert_int_equal(host_attach(h, "mdev_" UUID), 0);
	be_without_rules(h);
	assert_int_equal(host_detach(h, "mdev_" UUID), -ENOTDIR);
	forget_log(h);
	check_refused(h, mdev_create(h, request, NULL), "mdev_" UUID, "owner 'manual'",
		      "udev rule");
	fake_remove(h->fake, "run/udev/rules.d");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void the_number_of_vfs_is_not_changed_meanwhile(void **state)
{
	struct host *h = *state;
	unsigned nth;

	/* To 0 it goes, and from there nowhere. A rule does not count what one before it
	 * has let fail. */
	for (nth = 2; nth < 20; nth++)
		fake_fail(h->fake, "*/sriov_numvfs", 2, EIO);
	assert_int_equal(vf_numvfs(h, 5), -EIO);
	if (h->err.code != VPREP_E_LEFT)
		fail_msg("%s", h->err.message);
	forget_log(h);
	check_refused(h, vf_numvfs(h, 5), PF, "numvfs '" PF "'", "");
	check_refused(h, vf_numvfs(h, 2), PF, "numvfs '" PF "'", "");
	check_refused(h, host_attach(h, PF), PF, "numvfs '" PF "'", "");
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void vfs_stay_while_one_is_given_back(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline = 1\n");
	assert_int_equal(host_attach(h, VF0), 0);
	fake_fail(h->fake, "*/unbind", 0, EIO);
	assert_int_equal(host_detach(h, VF0), -EIO);
	forget_log(h);
	assert_int_equal(vf_numvfs(h, 5), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, VF0 " is being given back by owner "
						   "'manual'"));
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

#define MDEV_TEST(fn) cmocka_unit_test_setup_teardown(fn, mdev_setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_held_device_is_refused_to_every_owner),
		HOST_TEST(a_check_says_the_same),
		HOST_TEST(an_owner_goes_on_with_other_devices),
		HOST_TEST(its_group_is_refused),
		HOST_TEST(what_can_be_finished_is_finished_first),
		HOST_TEST(a_domain_is_refused_what_it_is_giving_back),
		HOST_TEST(a_failed_roll_back_is_refused),
		HOST_TEST(a_rule_that_cannot_go_is_refused),
		MDEV_TEST(an_mdev_is_refused),
		MDEV_TEST(an_mdev_is_not_made_anew_meanwhile),
		VF_TEST(the_number_of_vfs_is_not_changed_meanwhile),
		VF_TEST(vfs_stay_while_one_is_given_back),
	};

	return cmocka_run_group_tests_name("giving-back", tests, NULL, NULL);
}
