// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices whose IOMMU group the kernel makes when a driver is first bound to them. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define NEW "0000:0a:00.0"
#define NEW2 "0000:0b:00.0"

static void add(struct host *h, const char *address, int group)
{
	fake_add_pci(h->fake, &(struct fake_pci){ address, 0x00ff00, 0x1234, 0x11e8,
						  .group = group });
}

/* NEW's group is not there yet; NEW2 has none at all. */
static int setup(void **state)
{
	struct host *h;

	if (vf_setup(state) < 0)
		return -1;
	h = *state;
	fake_add_driver(h->fake, &(struct fake_driver){ .name = "pci-stub",
							.module = "pci_stub",
							.flags = FAKE_DMA_MANAGED |
								 FAKE_NOT_LOADED });
	fake_make_groups_late(h->fake);
	add(h, NEW, 30);
	add(h, NEW2, -1);
	host_remember(h);
	host_leaves(h, "pci-stub pci_stub iommu_group");
	return 0;
}

static bool has_group(struct host *h, const char *address)
{
	return fake_has(h->fake, "sys/bus/pci/devices/%s/iommu_group", address);
}

static void check_untouched(struct host *h, const char *address)
{
	host_check_driver(h, address, NULL);
	host_check_override(h, address, NULL);
}

static void refused(struct host *h, int r, enum vprep_code code, const char *message)
{
	assert_true(r < 0);
	if (h->err.code != code || !strstr(h->err.message, message))
		fail_msg("%d: '%s'", h->err.code, h->err.message);
	check_untouched(h, NEW);
	assert_string_equal(host_owner_state(h, "manual"), "");
}

static void a_device_without_a_group_yet_is_attached(void **state)
{
	struct host *h = *state;

	assert_false(has_group(h, NEW));
	if (host_attach(h, NEW) < 0)
		fail_msg("%s", h->err.message);
	host_check_driver(h, NEW, "vfio-pci");
	assert_true(host_is_given(h, "vfio/30"));
	assert_string_equal(host_owner_state(h, "manual"), "held");
	assert_int_equal(host_detach(h, NEW), 0);
	check_untouched(h, NEW);
	assert_string_equal(host_owner_state(h, "manual"), "");
}

static void its_own_override_comes_back(void **state)
{
	struct host *h = *state;

	assert_int_equal(vprep_io_write(h->session->io, "mine",
					"bus/pci/devices/" NEW "/driver_override"),
			 0);
	assert_int_equal(host_attach(h, NEW), 0);
	assert_int_equal(host_detach(h, NEW), 0);
	host_check_driver(h, NEW, NULL);
	host_check_override(h, NEW, "mine");
	assert_int_equal(vprep_io_write(h->session->io, "\n",
					"bus/pci/devices/" NEW "/driver_override"),
			 0);
}

static void who_shares_its_group_is_known_then(void **state)
{
	struct host *h = *state;
	struct vprep_request strict = { .policy = VPREP_POLICY_STRICT };

	add(h, "0000:0c:00.0", 9);
	host_remember(h);
	assert_true(host_ask(h, "0000:0c:00.0", strict) < 0);
	assert_int_equal(h->err.code, VPREP_E_NOT_VIABLE);
	assert_non_null(strstr(h->err.message, NIC));
	check_untouched(h, "0000:0c:00.0");
	assert_int_equal(host_attach(h, "0000:0c:00.0"), 0);
	host_check_driver(h, NIC, "vfio-pci");
	assert_int_equal(host_detach(h, NULL), 0);
}

static void one_that_gets_none_is_refused(void **state)
{
	struct host *h = *state;

	refused(h, host_attach(h, NEW2), VPREP_E_UNSUPPORTED,
		"the IOMMU does not cover it");
	check_untouched(h, NEW2);
	/* it has a driver, and no group all the same */
	refused(h, host_attach(h, LONE), VPREP_E_UNSUPPORTED,
		"the IOMMU does not cover it");
	host_check_driver(h, LONE, "e1000e");
}

static void a_denied_device_is_not_touched_for_it(void **state)
{
	struct host *h = *state;

	host_configure(h, "deny = " NEW "\n");
	refused(h, host_attach(h, NEW), VPREP_E_REFUSED, "never to be touched");
	assert_false(has_group(h, NEW));
	host_configure(h, "");
}

static void who_only_asks_is_told_what_will_make_it(void **state)
{
	struct host *h = *state;
	const char *const names[] = { NEW, NULL };
	const struct vprep_request request = { .names = names };
	struct vprep_reasons *reasons;

	assert_int_equal(vprep_check(h->session, &request, &reasons, &h->err), 0);
	assert_int_equal(reasons->n, 1);
	assert_non_null(strstr(reasons->items[0].message, "no IOMMU group yet"));
	assert_non_null(strstr(reasons->items[0].fix, "attach it"));
	vprep_reasons_free(reasons);
	assert_false(has_group(h, NEW));
}

static void without_pci_stub_it_is_said_what_else_makes_it(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "modprobe/pci_stub", 0, ENOENT);
	refused(h, host_attach(h, NEW), VPREP_E_REFUSED,
		"bind any other driver to it once");
	fake_clear_faults(h->fake);
}

/* They are made without a driver for the guest, and igbvf is not there. */
static void vfs_that_a_domain_wants_get_theirs(void **state)
{
	static const char xml[] =
		"<domain><name>web1</name><uuid>" DOMAIN "</uuid>"
		"<metadata><vp:prepare xmlns:vp='urn:vfio-prep:1'>"
		"<vp:vfs pf='0000:0d:00.0' count='2'/></vp:prepare></metadata><devices>"
		"<hostdev mode='subsystem' type='pci' managed='yes'><source>"
		"<address bus='0x0d' slot='0x10' function='2'/></source></hostdev>"
		"</devices></domain>";
	struct host *h = *state;

	fake_add_pci(h->fake, &(struct fake_pci){ "0000:0d:00.0", 0x020000, 0x8086,
						  0x10c9, .group = 40, .driver = "igb",
						  .totalvfs = 7, .vf_device = 0x2222 });
	host_remember(h);
	if (host_prepare_xml(h, xml) < 0)
		fail_msg("%s", h->err.message);
	host_check_driver(h, "0000:0d:10.2", "vfio-pci");
	assert_int_equal(host_release(h, "web1", NULL), 0);
	assert_false(fake_has(h->fake, "sys/bus/pci/devices/0000:0d:10.2"));
}

static int attach_new(struct host *h)
{
	return host_attach(h, NEW);
}

/* A device whose group was made keeps that: each attempt has a device of its own. */
static void killed_after_any_write_it_is_recovered(void **state)
{
	static const enum fake_death deaths[] = { FAKE_ORPHAN_BEFORE, FAKE_ORPHAN_AFTER };
	struct host *h = *state;
	size_t i;
	unsigned nth;

	for (i = 0; i < VPREP_ARRAY_SIZE(deaths); i++) {
		bool killed = true;

		for (nth = 1; killed && nth < 100; nth++) {
			fake_remove_pci(h->fake, NEW);
			add(h, NEW, 30);
			fake_die(h->fake, "*", nth, deaths[i]);
			killed = host_is_killed(h, attach_new);
			fake_clear_faults(h->fake);
			assert_int_equal(host_recover(h, NULL), 0);
			if (!killed)
				assert_int_equal(host_detach(h, NULL), 0);
			check_untouched(h, NEW);
			assert_string_equal(host_owner_state(h, "manual"), "");
		}
		assert_true(nth > 5);
	}
}

static void what_is_interrupted_is_nobody_elses(void **state)
{
	struct host *h = *state;
	struct vprep_request other = { .owner = "other" };

	fake_die(h->fake, "*/bind", 1, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, attach_new));
	fake_clear_faults(h->fake);
	host_check_driver(h, NEW, "pci-stub");
	assert_true(host_ask(h, NEW, other) < 0);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	host_check_driver(h, NEW, "pci-stub");
	assert_int_equal(host_recover(h, NULL), 0);
	check_untouched(h, NEW);
	assert_int_equal(host_ask(h, NEW, other), 0);
	assert_int_equal(host_detach_owner(h, "other"), 0);
}

#define LATE(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LATE(a_device_without_a_group_yet_is_attached),
		LATE(its_own_override_comes_back),
		LATE(who_shares_its_group_is_known_then),
		LATE(one_that_gets_none_is_refused),
		LATE(a_denied_device_is_not_touched_for_it),
		LATE(who_only_asks_is_told_what_will_make_it),
		LATE(without_pci_stub_it_is_said_what_else_makes_it),
		LATE(vfs_that_a_domain_wants_get_theirs),
		LATE(killed_after_any_write_it_is_recovered),
		LATE(what_is_interrupted_is_nobody_elses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
