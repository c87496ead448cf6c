// SPDX-License-Identifier: GPL-2.0-or-later
/* What a PF is declared to say of its VFs beside their MAC addresses. */
#include <errno.h>
#include <string.h>

#include "apply-fixture.h"
#include "common/array.h"
#include "common/str.h"
#include "test.h"
#include "vf-fixture.h"

#define TWO "[vfs " PF "]\ncount = 2\n"
#define ALL                                                                              \
	TWO "vf.1.trust = yes\nvf.1.spoofchk = no\nvf.1.rate = 10-100\n"                 \
	    "vf.1.link = disable\n"

/* "TRUST SPOOFCHK RATE LINK" of a VF, as eth1 has it. */
static void check_settings(struct host *h, unsigned index, const char *want)
{
	_cleanup_free_ char *now =
		fake_get(h->fake, ".fake/links/eth1/%u-settings", index);

	assert_string_equal(now ? now : "(none)", want);
}

static void set(struct host *h, unsigned index, enum vprep_vf_setting setting,
		uint64_t value)
{
	assert_int_equal(h->session->io->ops->set_vf_setting(h->session->io, "eth1",
							     index, setting, value),
			 0);
}

static void all_of_them_are_set_and_go_back(void **state)
{
	struct host *h = *state;
	size_t n;

	fake_take_all_settings(h->fake, "eth1");
	set(h, 1, VPREP_VF_RATE, 50);
	apply_begin(h, ALL);
	apply_check_differs(h, VF1,
			    "trust no, spoofchk yes, rate 50, link auto; "
			    "declared trust yes, spoofchk no, rate 10-100, link "
			    "disable (");
	apply_must(h);
	check_settings(h, 1, "1 0 42949673060 2");
	check_settings(h, 0, "0 1 0 0");
	host_check_driver(h, VF1, "igbvf");
	assert_int_equal(apply_with(h, false, &n), 0);
	assert_int_equal(n, 0);
	apply_undeclare(h);
	check_settings(h, 1, "0 1 50 0");
	host_leaves(h, "all-settings");
}

static void what_somebody_changed_is_set_again_and_is_what_was(void **state)
{
	struct host *h = *state;

	apply_begin(h, TWO "vf.1.trust = yes\nvf.1.spoofchk = no\n");
	apply_must(h);
	set(h, 1, VPREP_VF_SPOOFCHK, 1);
	apply_check_differs(h, VF1, "spoofchk yes; declared spoofchk no (");
	apply_must(h);
	check_settings(h, 1, "1 0 0 0");
	apply_undeclare(h);
	/* what is not declared any more, and somebody's by then, is left to him */
	apply_declare(h, TWO "vf.1.trust = yes\nvf.1.rate = 100\n");
	apply_must(h);
	set(h, 1, VPREP_VF_RATE, 7);
	apply_declare(h, "");
	assert_int_equal(apply_now(h), 0);
	assert_non_null(strstr(h->log, "its rate was changed by somebody else"));
	check_settings(h, 1, "0 1 7 0");
	set(h, 1, VPREP_VF_RATE, 0);
}

static void a_vf_for_guests_has_them_when_it_is_bound(void **state)
{
	struct host *h = *state;

	vf_set_vlan(h, 1, 9, 0);
	apply_begin(h, TWO "vf.1.trust = yes\nvf.1.vlan = 0\n"
			   "[device x]\nmatch = address=" VF1 "\nboot = bind\n");
	apply_must(h);
	host_check_driver(h, VF1, "vfio-pci");
	check_settings(h, 1, "1 1 0 0");
	vf_check(h, 1, NO_MAC " 0 0 8100");
	apply_undeclare(h);
	vf_check(h, 1, NO_MAC " 9 0 8100");
}

static void what_the_driver_cannot_is_said_by_its_key(void **state)
{
	struct host *h = *state;

	apply_begin(h, TWO "vf.0.trust = yes\nvf.1.trust = yes\nvf.1.link = enable\n");
	assert_int_equal(apply_now(h), -EOPNOTSUPP);
	assert_non_null(strstr(h->err.message, VF1
			       ": cannot set its link enable (vf.1.link), by its PF " PF
			       ": Operation not supported"));
	host_check_same(h); /* nor is anybody trusted */
	apply_declare(h, TWO "vf.1.trust = yes\nvf.1.rate = 5-10\n");
	assert_int_equal(apply_now(h), -EINVAL);
	assert_non_null(strstr(h->err.message, "(vf.1.rate)"));
	assert_non_null(strstr(h->err.message, "many no MIN"));
	host_check_same(h);
	apply_declare(h, "");
}

static void what_the_driver_does_not_show_keeps_nothing_else(void **state)
{
	struct host *h = *state;

	fake_hide_settings(h->fake, "eth1");
	apply_begin(h, TWO "vf.1.trust = yes\nvf.1.rate = 100\nvf.1.vlan = 5\n");
	assert_int_equal(apply_now(h), -ENODEV);
	assert_non_null(strstr(h->err.message, VF1 ": the driver of its PF does not show "
						   "its trust"));
	assert_non_null(strstr(h->err.message, "(vf.1.trust)"));
	check_settings(h, 1, "0 1 100 0");
	vf_check(h, 1, NO_MAC " 5 0 8100");
	apply_undeclare(h);
	host_leaves(h, "no-settings");
}

static void a_vf_of_an_owner_is_his(void **state)
{
	struct host *h = *state;
	size_t n;

	apply_begin(h, TWO "vf.0.mac = " MAC "\nvf.0.trust = yes\n");
	apply_must(h);
	assert_int_equal(vf_attach(h, VF0, "52:54:00:11:22:33", 42), 0);
	assert_int_equal(apply_with(h, true, &n), 0);
	assert_int_equal(n, 0);
	apply_must(h);
	vf_check(h, 0, "52:54:00:11:22:33 42 0 8100");
	assert_int_equal(host_detach(h, NULL), 0);
	vf_check(h, 0, MAC " 0 0 8100");
	apply_undeclare(h);
}

static void each_write_that_fails_takes_all_back(void **state)
{
	struct host *h = *state;
	unsigned n, nth;

	fake_take_all_settings(h->fake, "eth1");
	apply_begin(h, ALL);
	n = host_count_writes(h, apply_now);
	apply_undeclare(h);
	assert_true(n >= VPREP_VF_SETTINGS);
	for (nth = 1; nth <= n; nth++) {
		apply_declare(h, ALL);
		fake_fail(h->fake, "*", nth, EIO);
		assert_true(apply_now(h) < 0);
		fake_clear_faults(h->fake);
		host_check_same(h);
	}
	apply_declare(h, "");
	host_leaves(h, "all-settings");
}

static void what_is_wrong_is_refused_with_its_line(void **state)
{
	static const char *const wrong[] = {
		"vf.1.trust = maybe",	  "vf.1.trust =",     "vf.1.spoofchk = on",
		"vf.1.rate = -1",	  "vf.1.rate = 10-",  "vf.1.rate = 10-5",
		"vf.1.rate = 4294967296", "vf.1.rate = fast", "vf.1.rate = 1-2-3",
		"vf.1.link = up",	  "vf.1.mtu = 9000",  "vf.1.Trust = yes",
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(wrong); i++) {
		_cleanup_free_ char *text = vprep_strf(TWO "%s\n", wrong[i]);

		apply_begin(h, text);
		if (apply_now(h) != -EINVAL || !strstr(h->err.message, "test.conf:3"))
			fail_msg("'%s': %s", wrong[i], h->err.message);
		host_check_same(h);
	}
	apply_declare(h, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(all_of_them_are_set_and_go_back),
		VF_TEST(what_somebody_changed_is_set_again_and_is_what_was),
		VF_TEST(a_vf_for_guests_has_them_when_it_is_bound),
		VF_TEST(what_the_driver_cannot_is_said_by_its_key),
		VF_TEST(what_the_driver_does_not_show_keeps_nothing_else),
		VF_TEST(a_vf_of_an_owner_is_his),
		VF_TEST(each_write_that_fails_takes_all_back),
		VF_TEST(what_is_wrong_is_refused_with_its_line),
	};

	return cmocka_run_group_tests_name("apply-vf", tests, NULL, NULL);
}
