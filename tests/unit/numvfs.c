// SPDX-License-Identifier: GPL-2.0-or-later
/* How many VFs a PF has: for good, and for a domain. The fixture's PF has two. */
#include <errno.h>

#include "common/str.h"
#include "host/sriov.h"
#include "test.h"
#include "vf-fixture.h"

static int numvfs_by(struct host *h, const char *pf, unsigned count, bool force)
{
	const struct vprep_sriov_request vfs = { .pf = pf,
						 .count = count,
						 .force = force };

	h->err = (struct vprep_error){ 0 };
	return vprep_numvfs(h->session, &vfs, &h->err);
}

static void check_count(struct host *h, unsigned count)
{
	_cleanup_free_ char *now =
		fake_get(h->fake, "sys/bus/pci/devices/" PF "/sriov_numvfs");

	assert_int_equal(strtoul(now, NULL, 10), count);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), count);
	assert_false(fake_has(h->fake, "run/vfio-prep"));
}

static void check_refused(struct host *h, const char *pf, unsigned count, int r,
			  enum vprep_code code, const char *why)
{
	_cleanup_free_ char *before = fake_log(h->fake), *after = NULL;

	assert_int_equal(numvfs_by(h, pf, count, false), r);
	if (h->err.code != code || !strstr(h->err.message, why))
		fail_msg("%d %s", (int)h->err.code, h->err.message);
	after = fake_log(h->fake);
	assert_string_equal(after, before); /* nothing was written */
}

static void a_number_goes_over_none_and_leaves_no_journal(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *log = NULL;

	assert_int_equal(vf_numvfs(h, 7), 0);
	check_count(h, 7);
	assert_non_null(
		strstr(h->log, "has 7 VFs (before: 2): " VF0 " to 0000:08:11.4\n"));
	assert_int_equal(vf_numvfs(h, 3), 0);
	check_count(h, 3);
	assert_int_equal(vf_numvfs(h, 0), 0);
	check_count(h, 0);
	assert_non_null(strstr(h->log, PF " has no VFs (before: 3)"));
	log = fake_log(h->fake);
	assert_non_null(strstr(log, PF "/sriov_numvfs 0 0\nbus/pci/devices/" PF
				       "/sriov_numvfs 7 0\n"));
	assert_null(strstr(log, "autoprobe"));
	assert_int_equal(numvfs_by(h, "eth1", 2, false), 0); /* by its interface */
	host_check_same(h);
}

static void as_many_as_there_are_is_nothing_to_do(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *before = fake_log(h->fake), *after = NULL;

	assert_int_equal(vf_numvfs(h, 2), 0);
	assert_non_null(strstr(h->log, "has already 2 VFs"));
	after = fake_log(h->fake);
	assert_string_equal(before, after);
	host_check_same(h);
}

static void what_cannot_have_them_is_refused(void **state)
{
	struct host *h = *state;

	check_refused(h, PF, 8, -ERANGE, VPREP_E_UNSUPPORTED, "it has 7 at most");
	check_refused(h, VF0, 1, -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "a VF itself, of " PF);
	check_refused(h, NIC, 1, -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "not capable");
	check_refused(h, "0000:0b:00.0", 1, -ENODEV, VPREP_E_NOT_FOUND, "no such");
	check_refused(h, "mdev_83b8f4f2_509f_382f_3c1e_e6bfe0fa1001", 1, -ENODEV,
		      VPREP_E_NOT_FOUND, "not the name of a PCI device");
	check_refused(h, "a/b", 1, -EINVAL, VPREP_E_USAGE, "a/b");
	host_configure(h, "deny = " PF "\n");
	check_refused(h, PF, 1, -EPERM, VPREP_E_REFUSED, "never to be touched");
	host_check_same(h);
}

static void a_pf_without_a_driver_is_refused(void **state)
{
	struct host *h = *state;

	vprep_io_write(h->session->io, PF, "bus/pci/drivers/igb/unbind");
	check_refused(h, PF, 1, -ENOENT, VPREP_E_UNSUPPORTED, "it has no driver");
	vprep_io_write(h->session->io, "vfio-pci",
		       "bus/pci/devices/" PF "/driver_override");
	vprep_io_write(h->session->io, PF, "bus/pci/drivers_probe");
	assert_int_equal(vf_numvfs(h, 1), -ENOENT);
	assert_non_null(strstr(h->err.message, "its driver vfio-pci does not make VFs"));
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	host_leaves(h, VFS " " PF " vfio/20");
}

static void a_vf_of_an_owner_stops_it(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF1), 0);
	check_refused(h, PF, 3, -EBUSY, VPREP_E_OWNED, VF1 " belongs to owner 'manual'");
	check_refused(h, PF, 0, -EBUSY, VPREP_E_OWNED, VF1 " belongs to owner 'manual'");
	assert_int_equal(numvfs_by(h, PF, 0, true), -EBUSY); /* not by force either */
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
	assert_int_equal(vf_numvfs(h, 0), 0);
	assert_int_equal(host_attach(h, PF), 0);
	check_refused(h, PF, 3, -EBUSY, VPREP_E_OWNED, PF " belongs to owner 'manual'");
	assert_int_equal(host_detach(h, NULL), 0);
}

static void open_group(struct host *h, const char *address)
{
	_cleanup_free_ char *group =
		fake_link_name(h->fake, "sys/bus/pci/devices/%s/iommu_group", address);
	_cleanup_free_ char *target = vprep_strf("/dev/vfio/%s", group);

	host_open(h, target);
}

static void bind_by_hand(struct host *h, const char *address)
{
	vprep_io_write(h->session->io, "vfio-pci", "bus/pci/devices/%s/driver_override",
		       address);
	vprep_io_write(h->session->io, address, "bus/pci/drivers/igbvf/unbind");
	vprep_io_write(h->session->io, address, "bus/pci/drivers_probe");
	host_check_driver(h, address, "vfio-pci");
}

/* Whoever bound it: the write would block until the guest ends. */
static void a_vf_that_a_guest_has_open_stops_it(void **state)
{
	struct host *h = *state;

	bind_by_hand(h, VF1);
	open_group(h, VF1);
	check_refused(h, PF, 0, -EBUSY, VPREP_E_IN_USE, "4711");
	assert_non_null(strstr(h->err.message, VF1));
	assert_int_equal(numvfs_by(h, PF, 0, true), -EBUSY);
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(vf_numvfs(h, 0), 0);
}

static void a_vf_that_the_host_uses_stops_it_unless_forced(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0444, "0x1003\n", "sys/class/net/eth1v0/flags");
	fake_set_addresses(h->fake, "eth1v0 192.0.2.1");
	check_refused(h, PF, 0, -EBUSY, VPREP_E_IN_USE, "192.0.2.1");
	assert_non_null(strstr(h->err.message, "try: ip link set dev eth1v0 down"));
	assert_int_equal(numvfs_by(h, PF, 0, true), 0);
	check_count(h, 0);
}

static void a_failure_leaves_as_many_as_before(void **state)
{
	static const struct {
		unsigned nth;
		int number;
		const char *text;
	} faults[] = { { 1, EIO, "cannot have 0 VFs" },
		       { 2, ENOMEM, "no room for 5 VFs' memory" },
		       { 2, ERANGE, "does not make 5 VFs" },
		       { 2, EPERM, "its driver refuses" } };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(faults); i++) {
		fake_fail(h->fake, "*/sriov_numvfs", faults[i].nth, faults[i].number);
		assert_int_equal(vf_numvfs(h, 5), -faults[i].number);
		if (!strstr(h->err.message, faults[i].text))
			fail_msg("%s", h->err.message);
		fake_clear_faults(h->fake);
		host_check_same(h);
	}
}

static void missing_bus_numbers_are_told_from_missing_memory(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0444, "8\n", "sys/devices/pci0000:00/subordinate_bus_number");
	fake_put(h->fake, 0444, "254\n", "sys/bus/pci/devices/" PF "/sriov_offset");
	fake_fail(h->fake, "*/sriov_numvfs", 2, ENOMEM);
	assert_int_equal(vf_numvfs(h, 5), -ENOMEM);
	assert_non_null(strstr(h->err.message, "5 VFs need bus 09"));
	fake_clear_faults(h->fake);
	host_leaves(h, VFS " 0000:09:00.0 subordinate_bus_number");
}

static void fewer_than_asked_for_is_a_failure(void **state)
{
	struct host *h = *state;

	fake_limit_vfs(h->fake, PF, 4);
	assert_int_equal(vf_numvfs(h, 5), -EIO);
	assert_non_null(strstr(h->err.message, "its driver made 4 VFs, not 5"));
	host_check_same(h);
	assert_int_equal(vf_numvfs(h, 4), 0);
	check_count(h, 4);
}

/* Somebody opens a VF in the moment between: the write never comes back. */
static void a_blocked_kernel_is_left_and_recovered(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline-numvfs = 1\n");
	fake_hold(h->fake, VF0); /* the first to go: the other one still has its link */
	assert_int_equal(vf_numvfs(h, 0), -ETIMEDOUT);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_non_null(
		strstr(h->err.message, PF ": the kernel did not finish within 1 s"));
	assert_int_equal(host_count_quarantined(h), 1);
	assert_int_equal(host_recover(h, NULL), -EIO);
	assert_int_equal(vf_numvfs(h, 1), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_IN_USE);
	assert_non_null(strstr(h->err.message, "in quarantine"));
	assert_int_equal(host_count_quarantined(h), 1);
	assert_int_equal(host_attach(h, VF1), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	fake_release(h->fake, VF0);
	while (host_recover(h, NULL) < 0)
		usleep(20000);
	host_check_same(h);
}

/* ---- of a domain ---- */

#define WITH_VFS(devices)                                                                \
	"<domain><name>web1</name>"                                                      \
	"<uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid>"                              \
	"<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'>"                              \
	"<vp:vfs pf='" PF "' count='4'/></vp:prepare></metadata>"                        \
	"<devices>" devices "</devices></domain>"
#define HOSTDEV(slot, function)                                                          \
	"<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='8' "      \
	"slot='" slot "' function='" function "'/></source></hostdev>"

static int prepare(struct host *h)
{
	return host_prepare_xml(h, WITH_VFS(HOSTDEV("0x10", "4")));
}

static int release(struct host *h)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_release(h->session, "web1", NULL, &h->err);
}

static void a_domain_makes_its_vfs_and_takes_them_away(void **state)
{
	struct host *h = *state;

	if (prepare(h) < 0)
		fail_msg("%s", h->err.message);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 4);
	host_check_driver(h, "0000:08:10.4", "vfio-pci");
	host_check_driver(h, VF0, NULL); /* not for the host */
	assert_non_null(strstr(h->log, "0000:08:10.4 attached"));
	assert_null(strstr(h->log, PF " attached"));
	assert_int_equal(prepare(h), 0);
	assert_int_equal(release(h), 0);
	host_check_same(h);
}

static void a_plan_says_that_prepare_makes_them(void **state)
{
	static const char xml[] = WITH_VFS(HOSTDEV("0x10", "4"));
	const struct vprep_request request = { .domain = xml, .domain_len = strlen(xml) };
	struct host *h = *state;
	struct vprep_plan *plan = NULL;

	assert_int_equal(vprep_plan(h->session, &request, &plan, &h->err), -ENODEV);
	assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
	assert_non_null(strstr(h->err.message, "VFs that prepare makes first"));
	host_check_same(h);
}

static void as_many_as_a_domain_needs_stay_as_they_are(void **state)
{
	struct host *h = *state;

	assert_int_equal(vf_numvfs(h, 6), 0);
	host_remember(h);
	assert_int_equal(prepare(h), 0);
	host_check_driver(h, VF0, "igbvf");
	assert_int_equal(release(h), 0);
	host_check_same(h);
}

static void a_domain_may_have_nothing_but_vfs(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare_xml(h, WITH_VFS("")), 0);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 4);
	assert_string_equal(host_owner_state(h, "6a28e9f6-6627-49b8-8c24-741ab810ecc0"),
			    "held");
	assert_int_equal(release(h), 0);
	host_check_same(h);
	host_configure(h, "prepare = none\n");
	assert_int_equal(host_prepare_xml(h, WITH_VFS("")), 0);
	host_check_same(h);
}

static void a_domains_vfs_are_its_own(void **state)
{
	struct host *h = *state;

	assert_int_equal(prepare(h), 0);
	assert_int_equal(host_attach(h, "0000:08:10.6"), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_non_null(strstr(h->err.message, "domain 'web1'"));
	check_refused(h, PF, 0, -EBUSY, VPREP_E_OWNED, "belongs to domain 'web1'");
	assert_int_equal(release(h), 0);
	host_check_same(h);
}

/* Between the two writes that it takes to go from four to two. */
static void vfs_that_were_there_come_back_after_a_killed_release(void **state)
{
	struct host *h = *state;

	assert_int_equal(prepare(h), 0);
	fake_die(h->fake, "*/sriov_numvfs", 1, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, release));
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void another_pf_at_the_address_is_left_alone(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare_xml(h, WITH_VFS("")), 0);
	vprep_io_write(h->session->io, "0", "bus/pci/devices/" PF "/sriov_numvfs");
	fake_remove_pci(h->fake, PF);
	fake_add_pci(h->fake, &(struct fake_pci){ PF, 0x020000, 0x8086, 0x1520,
						  .group = 20, .driver = "igb",
						  .totalvfs = 7, .vf_device = 0x10ca });
	vprep_io_write(h->session->io, "4", "bus/pci/devices/" PF "/sriov_numvfs");
	assert_int_equal(release(h), 0);
	assert_non_null(strstr(h->log, "another device is at this address now"));
	check_count(h, 4);
	host_leaves(h, VFS " " PF);
}

static void a_setting_for_new_vfs_that_somebody_changed_stays(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *now = NULL;

	assert_int_equal(host_prepare_xml(h, WITH_VFS("")), 0);
	vprep_io_write(h->session->io, "0",
		       "bus/pci/devices/" PF "/sriov_drivers_autoprobe");
	assert_int_equal(release(h), 0);
	check_count(h, 2);
	now = fake_get(h->fake, "sys/bus/pci/devices/" PF "/sriov_drivers_autoprobe");
	assert_string_equal(now, "0");
}

static void without_its_devices_a_domain_has_no_vfs(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare_xml(h, WITH_VFS(HOSTDEV("0x11", "4"))), -ENODEV);
	host_check_same(h);
	fake_fail(h->fake, "*vfio-pci/bind", 1, EIO);
	assert_int_equal(prepare(h), -EIO);
	fake_clear_faults(h->fake);
	host_check_same(h);
}

static void somebody_elses_number_stays(void **state)
{
	struct host *h = *state;
	struct vprep_io *io = h->session->io;

	assert_int_equal(host_prepare_xml(h, WITH_VFS("")), 0);
	vprep_io_write(io, "0", "bus/pci/devices/" PF "/sriov_numvfs");
	vprep_io_write(io, "3", "bus/pci/devices/" PF "/sriov_numvfs");
	assert_int_equal(release(h), 0);
	assert_non_null(strstr(h->log, "somebody else changed the number of its VFs"));
	check_count(h, 3);
}

/* The guest is still there when its domain is released. */
static void vfs_with_a_guest_are_not_removed(void **state)
{
	struct host *h = *state;

	host_configure(h, "deadline-unbind = 1\n");
	assert_int_equal(prepare(h), 0);
	open_group(h, "0000:08:10.4");
	fake_put(h->fake, 0444, "2\n", "sys/module/vfio_pci/refcnt");
	assert_int_equal(release(h), -EBUSY);
	assert_int_equal(vprep_pf_count_vfs(h->session->io, PF), 4);
	fake_remove(h->fake, "proc/4711");
	fake_remove(h->fake, "sys/module/vfio_pci/refcnt");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* ---- killed ---- */

static int five(struct host *h)
{
	return vf_numvfs(h, 5);
}

/* At each write of the command, which its child does not survive. */
static void kill_everywhere(struct host *h, host_work work, host_work back,
			    enum fake_death how)
{
	unsigned nth;
	bool killed = true;

	for (nth = 1; killed; nth++) {
		assert_true(nth < 50);
		fake_die(h->fake, "*", nth, how);
		killed = host_is_killed(h, work);
		fake_clear_faults(h->fake);
		if (host_recover(h, NULL) < 0)
			fail_msg("point %u: %s", nth, h->err.message);
		if (!killed)
			assert_int_equal(back(h), 0);
		host_check_same(h);
	}
	assert_true(nth > 3);
}

static int two(struct host *h)
{
	return vf_numvfs(h, 2);
}

static void killed_at_any_write_there_are_as_many_as_before(void **state)
{
	struct host *h = *state;

	kill_everywhere(h, five, two, FAKE_ORPHAN_AFTER);
	kill_everywhere(h, five, two, FAKE_ORPHAN_BEFORE);
	kill_everywhere(h, prepare, release, FAKE_ORPHAN_AFTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(a_number_goes_over_none_and_leaves_no_journal),
		VF_TEST(as_many_as_there_are_is_nothing_to_do),
		VF_TEST(what_cannot_have_them_is_refused),
		VF_TEST(a_pf_without_a_driver_is_refused),
		VFS_TEST(a_vf_of_an_owner_stops_it),
		VFS_TEST(a_vf_that_a_guest_has_open_stops_it),
		VFS_TEST(a_vf_that_the_host_uses_stops_it_unless_forced),
		VF_TEST(a_failure_leaves_as_many_as_before),
		VF_TEST(missing_bus_numbers_are_told_from_missing_memory),
		VFS_TEST(fewer_than_asked_for_is_a_failure),
		VF_TEST(a_blocked_kernel_is_left_and_recovered),
		VF_TEST(a_domain_makes_its_vfs_and_takes_them_away),
		VF_TEST(a_plan_says_that_prepare_makes_them),
		VF_TEST(as_many_as_a_domain_needs_stay_as_they_are),
		VF_TEST(a_domain_may_have_nothing_but_vfs),
		VF_TEST(a_domains_vfs_are_its_own),
		VF_TEST(vfs_that_were_there_come_back_after_a_killed_release),
		VF_TEST(another_pf_at_the_address_is_left_alone),
		VFS_TEST(a_setting_for_new_vfs_that_somebody_changed_stays),
		VF_TEST(without_its_devices_a_domain_has_no_vfs),
		VFS_TEST(somebody_elses_number_stays),
		VF_TEST(vfs_with_a_guest_are_not_removed),
		VF_TEST(killed_at_any_write_there_are_as_many_as_before),
	};

	return cmocka_run_group_tests_name("numvfs", tests, NULL, NULL);
}
