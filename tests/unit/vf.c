// SPDX-License-Identifier: GPL-2.0-or-later
/* A VF's MAC address and VLAN: set before it is bound, and back before it is bound back. */
#include "host/sriov.h"

#include <errno.h>

#include "common/str.h"
#include "plan/check.h"
#include "plan/plan.h"
#include "test.h"
#include "vf-fixture.h"

static void a_mac_is_read_as_it_is_written(void **state)
{
	static const char *const bad[] = { "",
					   "52:54:00:aa:bb",
					   "52:54:00:aa:bb:c",
					   "52:54:00:aa:bb:cc:",
					   "52-54-00-aa-bb-cc",
					   "52:54:00:aa:bb:cg",
					   " 2:54:00:aa:bb:cc" };
	uint8_t mac[VPREP_MAC_SIZE];
	size_t i;

	(void)state;
	assert_int_equal(vprep_mac_parse("52:54:00:AA:bB:cC", mac), 0);
	assert_string_equal(vprep_mac_text(mac).s, MAC);
	for (i = 0; i < VPREP_ARRAY_SIZE(bad); i++)
		assert_int_equal(vprep_mac_parse(bad[i], mac), -EINVAL);
	assert_string_equal(vprep_mac_text(mac).s, MAC);
}

static void a_vf_is_found_by_its_pf(void **state)
{
	struct host *h = *state;
	struct vprep_vf vf = { .index = -1 };
	struct vprep_pci_address address;

	vf_set_vlan(h, 1, 42, 3);
	vprep_pci_address_parse(VF1, &address);
	assert_int_equal(vprep_vf_read(h->session->io, address, &vf), 0);
	assert_string_equal(vf.pf, PF);
	assert_string_equal(vf.pf_driver, "igb");
	assert_string_equal(vf.interface, "eth1");
	assert_int_equal(vf.index, 1);
	assert_true(vf.known);
	assert_int_equal(vf.vlan, 42);
	assert_int_equal(vf.qos, 3);
	vprep_vf_done(&vf);
	host_leaves(h, "links/eth1/1");
}

static void a_representor_is_not_the_pfs_interface(void **state)
{
	static const char *const ports[] = { "pf0vf0\n", "c1pf0vf3\n", "pf0sf88\n",
					     "pf0\n", "c1pf0\n" };
	struct host *h = *state;
	size_t i;

	fake_mkdir(h->fake, "sys/bus/pci/devices/" PF "/net/a0");
	for (i = 0; i < VPREP_ARRAY_SIZE(ports); i++) {
		_cleanup_free_ char *name = NULL;

		fake_put(h->fake, 0444, ports[i], "sys/class/net/a0/phys_port_name");
		assert_int_equal(vprep_vf_interface(h->session->io, PF, &name), 0);
		assert_string_equal(name, "eth1");
	}
	host_leaves(h, "net/a0");
}

static void both_are_set_and_given_back(void **state)
{
	struct host *h = *state;

	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	vf_check(h, 0, MAC " 42 0 8100");
	vf_check(h, 1, NO_MAC " 0 0 8100");
	host_check_driver(h, VF0, "vfio-pci");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void what_the_administrator_had_set_comes_back(void **state)
{
	struct host *h = *state;

	vf_set_mac(h, 0, "02:11:22:33:44:55");
	vf_set_vlan(h, 0, 7, 5);
	host_remember(h);
	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	vf_check(h, 0, MAC " 42 0 8100");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

/* A domain's <tag id='0'/>. */
static void a_vlan_of_0_is_none(void **state)
{
	struct host *h = *state;

	vf_set_vlan(h, 0, 5, 3);
	host_remember(h);
	assert_int_equal(vf_attach(h, VF0, MAC, 0), 0);
	vf_check(h, 0, MAC " 0 0 8100");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void what_is_not_asked_for_is_left_alone(void **state)
{
	struct host *h = *state;

	vf_set_vlan(h, 0, 7, 5);
	host_remember(h);
	assert_int_equal(vf_attach(h, VF0, MAC, -1), 0);
	vf_check(h, 0, MAC " 7 5 8100");
	vf_set_vlan(h, 0, 8, 0); /* somebody else's, and none of ours */
	assert_int_equal(host_detach(h, NULL), 0);
	vf_check(h, 0, NO_MAC " 8 0 8100");
	vf_set_vlan(h, 0, 7, 5);
	host_check_same(h);
	assert_int_equal(vf_attach(h, VF1, NULL, 9), 0);
	vf_check(h, 1, NO_MAC " 9 0 8100");
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

/* I1 */
static void what_somebody_else_changed_stays(void **state)
{
	struct host *h = *state;

	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	vf_set_mac(h, 0, "02:11:22:33:44:55");
	assert_int_equal(host_detach(h, NULL), 0);
	vf_check(h, 0, "02:11:22:33:44:55 0 0 8100");
	assert_non_null(strstr(h->log, "its MAC address was changed by somebody else"));
	assert_null(strstr(h->log, "VLAN was changed"));
	assert_int_equal(vf_attach(h, VF1, MAC, 42), 0);
	vf_set_vlan(h, 1, 42, 1);
	assert_int_equal(host_detach(h, NULL), 0);
	vf_check(h, 1, NO_MAC " 42 1 8100");
	assert_non_null(strstr(h->log, "its VLAN was changed by somebody else"));
	host_leaves(h, "links/eth1/");
}

/* The host's interface of the VF must never come up with the guest's address. */
static void it_is_back_before_the_vf_has_its_driver_again(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *log = NULL;
	const char *mac, *unbind;

	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	log = fake_log(h->fake);
	mac = strstr(log, "netlink/eth1/0/mac " NO_MAC);
	unbind = strstr(log, "vfio-pci/unbind");
	assert_true(mac && unbind && mac < unbind);
	assert_true(strstr(log, "netlink/eth1/0/mac " MAC) < strstr(log, "igbvf/unbind"));
}

static void a_driver_that_takes_no_empty_address_gets_nobodys(void **state)
{
	struct host *h = *state;

	fake_refuse_zero_mac(h->fake, "eth1");
	assert_int_equal(vf_attach(h, VF0, MAC, -1), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	vf_check(h, 0, "02:00:00:00:00:00 0 0 8100");
	assert_non_null(strstr(h->log, "does not take its old MAC address back"));
	host_check_driver(h, VF0, "igbvf");
	host_leaves(h, "links/eth1/0");
}

static void a_failure_is_put_back_by_recover(void **state)
{
	static const char *const at[] = { "netlink/*/mac", "netlink/*/vlan",
					  "*vfio-pci/bind" };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(at); i++) {
		fake_fail(h->fake, at[i], 1, EIO);
		assert_int_equal(vf_attach(h, VF0, MAC, 42), -EIO);
		assert_non_null(strstr(h->err.message, VF0));
		fake_clear_faults(h->fake);
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_same(h);
	}
}

/* As i40e and ice do while they reset the VF, which follows on the end of a guest. */
static void a_driver_that_is_resetting_the_vf_is_asked_again(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "netlink/*/mac", 1, EAGAIN);
	fake_fail(h->fake, "netlink/*/vlan", 1, EBUSY);
	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	vf_check(h, 0, MAC " 42 0 8100");
	fake_clear_faults(h->fake);
	fake_fail(h->fake, "netlink/*/mac", 1, EBUSY);
	fake_fail(h->fake, "netlink/*/vlan", 1, EAGAIN);
	assert_int_equal(host_detach(h, NULL), 0);
	host_check_same(h);
}

static void a_driver_that_is_never_done_with_the_reset_fails(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "netlink/*/mac", 0, EAGAIN);
	assert_int_equal(vf_attach(h, VF0, MAC, 42), -EAGAIN);
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

/* Its own driver would take the guest's address. */
static void a_vf_whose_address_cannot_go_back_stays_bound(void **state)
{
	struct host *h = *state;

	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	fake_fail(h->fake, "netlink/*/mac", 0, EIO);
	assert_int_equal(host_detach(h, NULL), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	host_check_driver(h, VF0, "vfio-pci");
	vf_check(h, 0, MAC " 42 0 8100");
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_same(h);
}

static void a_vf_that_is_gone_is_let_go(void **state)
{
	struct host *h = *state;

	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	vprep_io_write(h->session->io, "0", "bus/pci/devices/" PF "/sriov_numvfs");
	assert_int_equal(host_detach(h, NULL), 0);
	assert_non_null(strstr(h->log, "is not there any more"));
	vprep_io_write(h->session->io, "2", "bus/pci/devices/" PF "/sriov_numvfs");
	host_check_same(h);
}

static void a_change_between_look_and_deed_stops_it(void **state)
{
	struct host *h = *state;
	struct asked a = { 0 };
	struct vprep_transaction t;

	asked_add(&a, VF0, MAC, 42);
	asked_look(h, &a);
	assert_int_equal(vprep_plan_build(&a.facts, &a.options, &a.steps), 0);
	vf_set_vlan(h, 0, 5, 0);
	t = vf_begin(h);
	assert_int_equal(vprep_journal_begin(t.journal, &a.steps), 0);
	vprep_transaction_unlock(&t);
	assert_int_equal(vprep_exec_do(&t.context, t.first, &h->err), -ESTALE);
	vprep_transaction_end(&t, 0, NULL);
	asked_done(&a);
	assert_int_equal(host_recover(h, NULL), 0);
	vf_check(h, 0, NO_MAC " 5 0 8100");
	vf_set_vlan(h, 0, 0, 0);
	host_check_same(h);
}

static void check_refused(struct host *h, const char *address, const char *mac, int vlan,
			  enum vprep_code code, const char *why)
{
	struct asked a = { 0 };

	asked_add(&a, address, mac, vlan);
	asked_look(h, &a);
	a.reasons = vprep_check_facts(&a.facts, &a.options);
	assert_non_null(a.reasons);
	if (a.reasons->n != 1 || a.reasons->items[0].code != code ||
	    !strstr(a.reasons->items[0].message, why))
		fail_msg("%s",
			 a.reasons->n ? a.reasons->items[0].message : "not refused");
	asked_done(&a);
}

static void what_cannot_be_is_refused_with_its_reason(void **state)
{
	struct host *h = *state;

	check_refused(h, VF0, "01:00:5e:00:00:01", -1, VPREP_E_USAGE, "multicast");
	check_refused(h, VF0, NO_MAC, -1, VPREP_E_USAGE, "empty");
	check_refused(h, VF0, MAC, 4095, VPREP_E_USAGE, "VLAN 4095 is not");
	check_refused(h, NIC, MAC, -1, VPREP_E_UNSUPPORTED,
		      "not an SR-IOV virtual function");
	fake_remove(h->fake, ".fake/links/eth1/0");
	check_refused(h, VF0, MAC, -1, VPREP_E_UNSUPPORTED,
		      "interface eth1 of its PF " PF " does not show it: it may be down");
	fake_remove(h->fake, "sys/bus/pci/devices/" PF "/net");
	check_refused(h, VF0, MAC, -1, VPREP_E_UNSUPPORTED,
		      "PF " PF " (driver igb) has no network interface");
	fake_put(h->fake, 0444, "52:54:00:00:00:01\n",
		 "sys/bus/pci/devices/" PF "/net/eth1/address");
	fake_put(h->fake, 0600, NO_MAC " 0 0 8100", ".fake/links/eth1/0");
	host_leaves(h, PF);
}

static void the_plan_tells_what_is_set_and_what_comes_back(void **state)
{
	struct host *h = *state;
	struct asked a = { 0 };
	struct vprep_plan *plan;

	vf_set_vlan(h, 1, 7, 0);
	asked_add(&a, VF0, MAC, 42);
	asked_add(&a, VF1, NULL, 9);
	asked_look(h, &a);
	assert_int_equal(vprep_plan_build(&a.facts, &a.options, &a.steps), 0);
	assert_int_equal(vprep_plan_describe("me", &a.steps, &plan), 0);
	assert_string_equal(plan->steps[4].kind, "vf-config");
	assert_string_equal(plan->steps[4].detail,
			    "MAC address " MAC ", VLAN 42, by its PF");
	assert_string_equal(plan->steps[4].undo, "back to no MAC address, no VLAN");
	assert_string_equal(plan->steps[5].device, VF1);
	assert_string_equal(plan->steps[5].detail, "VLAN 9, by its PF");
	assert_string_equal(plan->steps[5].undo, "back to VLAN 7");
	assert_string_equal(plan->steps[6].kind, "driver-bind");
	vprep_plan_free(plan);
	asked_done(&a);
	host_leaves(h, "links/eth1/1");
}

/* The guest still has it: nothing is taken from under it. */
static void a_held_vf_keeps_its_address(void **state)
{
	struct host *h = *state;
	int group;

	assert_int_equal(vf_attach(h, VF0, MAC, 42), 0);
	{
		_cleanup_free_ char *name = fake_link_name(
			h->fake, "sys/bus/pci/devices/" VF0 "/iommu_group");

		group = (int)strtol(name, NULL, 10);
	}
	host_configure(h, "deadline-unbind = 1\n");
	fake_put(h->fake, 0444, "2\n", "sys/module/vfio_pci/refcnt");
	fake_put(h->fake, 0444, "qemu\n", "proc/4711/comm");
	{
		_cleanup_free_ char *target = vprep_strf("/dev/vfio/%d", group);
		_cleanup_free_ char *path =
			vprep_strf("%s/proc/4711/fd/5", h->fake->path);

		fake_mkdir(h->fake, "proc/4711/fd");
		assert_int_equal(symlink(target, path), 0);
	}
	assert_int_equal(host_detach(h, NULL), -EBUSY);
	assert_non_null(strstr(h->err.message, "4711"));
	vf_check(h, 0, MAC " 42 0 8100");
	host_check_driver(h, VF0, "vfio-pci");
	fake_remove(h->fake, "proc/4711");
	assert_int_equal(host_recover(h, NULL), 0);
	fake_remove(h->fake, "sys/module/vfio_pci/refcnt");
	host_check_same(h);
}

static const char domain[] =
	"<domain><name>web1</name>"
	"<uuid>6a28e9f6-6627-49b8-8c24-741ab810ecc0</uuid><devices>"
	"<interface type='hostdev'><mac address='" MAC "'/>"
	"<source><address type='pci' domain='0' bus='8' slot='0x10' function='0'/></source>"
	"<vlan><tag id='42'/></vlan></interface></devices></domain>";

static void a_domains_interface_says_both(void **state)
{
	const struct vprep_request request = { .domain = domain,
					       .domain_len = strlen(domain) };
	struct host *h = *state;

	if (vprep_prepare(h->session, &request, &h->err) < 0)
		fail_msg("%s", h->err.message);
	vf_check(h, 0, MAC " 42 0 8100");
	/* once more changes nothing, and what was there before is still known */
	assert_int_equal(vprep_prepare(h->session, &request, &h->err), 0);
	assert_int_equal(vprep_release(h->session, "web1", NULL, &h->err), 0);
	host_check_same(h);
}

static int crash_attach(struct host *h)
{
	return vf_attach(h, VF0, MAC, 42);
}

static int crash_detach(struct host *h)
{
	return host_detach(h, NULL);
}

static void killed_at_any_write_it_comes_back(void **state)
{
	static const struct {
		const char *at;
		bool detach;
	} points[] = { { "netlink/*/mac", false }, { "netlink/*/vlan", false },
		       { "*igbvf/unbind", false }, { "netlink/*/mac", true },
		       { "netlink/*/vlan", true }, { "*vfio-pci/unbind", true } };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(points); i++) {
		if (points[i].detach)
			assert_int_equal(crash_attach(h), 0);
		fake_die(h->fake, points[i].at, 1, FAKE_ORPHAN_AFTER);
		assert_true(host_is_killed(h, points[i].detach ? crash_detach
							       : crash_attach));
		fake_clear_faults(h->fake);
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_same(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mac_is_read_as_it_is_written),
		VF_TEST(a_vf_is_found_by_its_pf),
		VF_TEST(a_representor_is_not_the_pfs_interface),
		VF_TEST(both_are_set_and_given_back),
		VF_TEST(what_the_administrator_had_set_comes_back),
		VF_TEST(a_vlan_of_0_is_none),
		VF_TEST(what_is_not_asked_for_is_left_alone),
		VF_TEST(what_somebody_else_changed_stays),
		VF_TEST(it_is_back_before_the_vf_has_its_driver_again),
		VF_TEST(a_driver_that_takes_no_empty_address_gets_nobodys),
		VF_TEST(a_driver_that_is_resetting_the_vf_is_asked_again),
		VF_TEST(a_driver_that_is_never_done_with_the_reset_fails),
		VF_TEST(a_failure_is_put_back_by_recover),
		VF_TEST(a_vf_whose_address_cannot_go_back_stays_bound),
		VF_TEST(a_vf_that_is_gone_is_let_go),
		VF_TEST(a_change_between_look_and_deed_stops_it),
		VF_TEST(what_cannot_be_is_refused_with_its_reason),
		VF_TEST(the_plan_tells_what_is_set_and_what_comes_back),
		VF_TEST(a_held_vf_keeps_its_address),
		VF_TEST(a_domains_interface_says_both),
		VF_TEST(killed_at_any_write_it_comes_back),
	};

	return cmocka_run_group_tests_name("vf", tests, NULL, NULL);
}
