// SPDX-License-Identifier: GPL-2.0-or-later
/* Records that are lost: the rule files tell what was attached, and recover gives it
 * back. */
#include <errno.h>

#include "common/str.h"
#include "kinds-fixture.h"
#include "mdev-fixture.h"
#include "session-fixture.h"
#include "test.h"

static void lose_records(struct host *h)
{
	fake_remove(h->fake, "run/vfio-prep");
}

static int attach_for_web(struct host *h, const char *names)
{
	return host_ask(h, names, (struct vprep_request){ .owner = "web/1" });
}

/* The folder for rules was ours; the rest is as it was. */
static void check_given_back(struct host *h)
{
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	fake_remove(h->fake, "run/udev/rules.d");
	host_check_same(h);
}

static void check_orphans(struct host *h, const char *expected)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	struct vprep_status *status;
	size_t i, k;

	assert_int_equal(vprep_status(h->session, &status, &h->err), 0);
	for (i = 0; i < status->n_orphans; i++) {
		const struct vprep_status_orphan *o = &status->orphans[i];

		vprep_buf_addf(&text, "%s%s:", i ? "; " : "", o->owner);
		for (k = 0; k < o->n_devices; k++)
			vprep_buf_addf(&text, " %s", o->devices[k]);
	}
	assert_string_equal(text.data ? text.data : "", expected);
	vprep_status_free(status);
}

static void check_diagnosis(struct host *h, const char *expected)
{
	struct vprep_diagnoses *diagnoses;
	const char *detail = NULL;
	size_t i;

	assert_int_equal(vprep_doctor(h->session, &diagnoses, &h->err), 0);
	for (i = 0; i < diagnoses->n; i++)
		if (streq(diagnoses->items[i].check, "orphans"))
			detail = diagnoses->items[i].detail;
	assert_non_null(detail);
	if (!strstr(detail, expected))
		fail_msg("%s", detail);
	vprep_diagnoses_free(diagnoses);
}

static void what_has_its_record_is_no_orphan(void **state)
{
	struct host *h = *state;

	check_orphans(h, "");
	assert_int_equal(attach_for_web(h, VF " " NIC), 0);
	check_orphans(h, "");
	check_diagnosis(h, "has its record");
	host_reboot(h); /* recover removes its files */
	check_orphans(h, "");
	assert_int_equal(host_recover(h, NULL), 0);
	host_leaves(h, VF " " NIC " " SND " vfio/ " BRIDGE);
}

/* The administrator writes the same folder in another way while devices are attached. */
static void another_name_of_the_folder_makes_no_orphans(void **state)
{
	static const char *const names[] = { "/run/udev/rules.d/", "/run//udev/./rules.d",
					     "/etc/rules" };
	struct host *h = *state;
	size_t i;

	assert_int_equal(attach_for_web(h, VF " " NIC), 0);
	fake_link(h->fake, "run/udev/rules.d", "etc/rules");
	for (i = 0; i < VPREP_ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *line = vprep_strf("rules-dir = %s\n", names[i]);

		host_configure(h, line);
		check_orphans(h, "");
		assert_int_equal(host_recover(h, NULL), 0);
		host_check_driver(h, VF, "vfio-pci");
	}
	assert_int_equal(host_detach_owner(h, "web/1"), 0);
	host_check_same(h);
}

static void a_lost_record_is_seen_and_not_taken_for_the_hosts(void **state)
{
	static const char *const names[] = { VF, NULL };
	struct vprep_reasons *reasons;
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	check_orphans(h, "web/1: " VF);
	check_diagnosis(h, VF ": attached by web/1");
	assert_int_equal(host_attach(h, VF), -EBUSY);
	assert_int_equal(h->err.code, VPREP_E_OWNED);
	assert_string_equal(h->err.message, VF " was attached by web/1 and its record is "
					       "gone; try: vfio-prep recover");
	assert_int_equal(attach_for_web(h, VF), -EBUSY);
	assert_int_equal(vprep_check(h->session,
				     &(struct vprep_request){ .names = names }, &reasons,
				     &h->err),
			 0);
	assert_int_equal(reasons->n, 1);
	vprep_reasons_free(reasons);
	assert_int_equal(host_detach(h, VF), -ENODEV);
	assert_non_null(strstr(h->err.message, "vfio-prep recover"));
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	assert_int_equal(host_recover(h, NULL), 0);
	check_orphans(h, "");
	host_check_driver(h, VF, "igbvf");
	host_check_override(h, VF, NULL);
	host_leaves(h, VF "/power rules.d");
}

static void others_are_attached_meanwhile(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	assert_int_equal(host_attach(h, VF2), 0);
	assert_int_equal(host_detach(h, VF2), 0);
	assert_int_equal(host_recover(h, NULL), 0);
	host_leaves(h, VF "/power rules.d");
}

/* The same owner has a new journal by then. */
static void an_owner_that_goes_on_gets_only_that_back(void **state)
{
	struct host *h = *state;
	size_t n;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	assert_int_equal(attach_for_web(h, VF2), 0);
	check_orphans(h, "web/1: " VF);
	assert_int_equal(host_recover(h, &n), 0);
	assert_int_equal(n, 1);
	host_check_driver(h, VF, "igbvf");
	host_check_driver(h, VF2, "vfio-pci");
	assert_string_equal(host_owner_state(h, "web/1"), "held");
	assert_int_equal(host_detach_owner(h, "web/1"), 0);
	host_leaves(h, VF "/power rules.d");
}

static void placeholders_go_back_too(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, SND), 0);
	host_check_driver(h, NIC, "vfio-pci");
	lose_records(h);
	check_orphans(h, "web/1: " NIC " " SND);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, NIC, "e1000e");
	host_check_driver(h, SND, "snd");
	host_leaves(h, "/power rules.d " BRIDGE);
}

/* Without driver_override it was so before. */
static void a_driver_that_was_there_before_stays(void **state)
{
	struct host *h = *state;

	fake_remove_pci(h->fake, VF);
	fake_add_pci(h->fake, &(struct fake_pci){ VF, 0x020000, 0x8086, 0x10ca,
						  .group = 7, .driver = "vfio-pci" });
	host_remember(h);
	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	assert_int_equal(host_recover(h, NULL), 0);
	check_given_back(h);
}

/* As a guest has, by another device of the group. */
static void while_user_space_has_the_group_no_driver_takes_it(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	fake_open_group(h->fake, 7, true);
	assert_true(host_recover(h, NULL) < 0);
	if (!strstr(h->err.message, "a process may have its IOMMU group open"))
		fail_msg("%s", h->err.message);
	fake_close_group(h->fake, 7);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF, "igbvf");
	host_leaves(h, VF "/power rules.d");
}

/* As a reboot would, where the folder of rules outlives it. */
static void lose_all_but_the_rule(struct host *h)
{
	lose_records(h);
	assert_int_equal(vprep_io_write(h->session->io, "\n",
					"bus/pci/devices/" VF "/driver_override"),
			 0);
	assert_int_equal(
		vprep_io_write(h->session->io, VF, "bus/pci/drivers/vfio-pci/unbind"), 0);
	assert_int_equal(vprep_io_write(h->session->io, VF, "bus/pci/drivers_probe"), 0);
}

static void what_is_left_of_the_rule_alone_goes(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_all_but_the_rule(h);
	check_orphans(h, "web/1:");
	assert_int_equal(host_attach(h, VF), 0); /* the host's own driver is known */
	assert_int_equal(host_detach(h, VF), 0);
	host_check_driver(h, VF, "igbvf");
	host_leaves(h, VF "/power rules.d");
}

/* Another owner has the device by now, whose rule has another name. */
static void what_another_owner_has_by_now_is_left_alone(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644, "SUBSYSTEM==\"vfio\", MODE:=\"0666\"\n",
		 "etc/udev/rules.d/50-site.rules");
	assert_int_equal(attach_for_web(h, VF), 0);
	lose_all_but_the_rule(h);
	fake_remove(h->fake, "etc/udev/rules.d/50-site.rules");
	assert_int_equal(host_attach(h, VF), 0);
	check_orphans(h, "web/1:");
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_true(host_is_given(h, "vfio/7"));
	check_orphans(h, "");
	assert_int_equal(host_detach(h, VF), 0);
	host_check_driver(h, VF, "igbvf");
	host_leaves(h, VF "/power rules.d");
}

static void a_dry_run_tells_and_changes_nothing(void **state)
{
	struct vprep_recovery *recovery;
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	host_remember(h);
	assert_int_equal(vprep_recover(h->session, true, &recovery, &h->err), 0);
	assert_int_equal(recovery->n, 1);
	assert_string_equal(recovery->items[0].owner, "web/1");
	assert_false(recovery->items[0].left);
	assert_string_equal(recovery->items[0].text,
			    "would be put right: its record was gone: " VF);
	vprep_recovery_free(recovery);
	host_check_same(h);
	assert_int_equal(host_recover(h, NULL), 0);
	host_leaves(h, VF " vfio/7 rules.d");
}

/* It is in the journal by then, and another command finishes it. */
static void what_a_crash_leaves_of_it_is_recovered(void **state)
{
	struct host *h = *state;

	assert_int_equal(attach_for_web(h, VF), 0);
	lose_records(h);
	fake_fail(h->fake, "*/unbind", 1, EIO);
	assert_int_equal(host_recover(h, NULL), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_string_equal(host_owner_state(h, "web/1"), "incomplete");
	check_orphans(h, "");
	fake_clear_faults(h->fake);
	assert_int_equal(host_recover(h, NULL), 0);
	host_check_driver(h, VF, "igbvf");
	host_leaves(h, VF "/power rules.d");
}

static void files_that_are_not_ours_are_left_alone(void **state)
{
	static const char *const texts[] = {
		"",
		"# vfio-prep: IOMMU group 7 is prepared for web1. Removed when it is "
		"given back.\n",
		"# vfio-prep: IOMMU group 8 is prepared for web1. Removed when it is "
		"given back.\nKERNEL==\"7\", OWNER=\"0\", GROUP=\"0\", MODE=\"0600\"\n",
		"# vfio-prep: IOMMU group 7 is prepared for web1. Removed when it is "
		"given back.\n# vfio-prep-owner: ../x\nKERNEL==\"7\", OWNER=\"0\", "
		"GROUP=\"0\", MODE=\"0600\"\n",
		"# vfio-prep: IOMMU group 7 is prepared for web1. Removed when it is "
		"given back.\nKERNEL==\"7\", OWNER=\"root\", GROUP=\"0\", "
		"MODE=\"0600\"\n",
		"KERNEL==\"7\", OWNER=\"0\", GROUP=\"0\", MODE=\"0600\"\n",
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(texts); i++) {
		fake_put(h->fake, 0644, texts[i],
			 RULES "99-vfio-prep-iommu_group_7.rules");
		check_orphans(h, "");
	}
	fake_remove(h->fake, "run/udev/rules.d");
}

static void check_node(struct host *h, const char *node, uid_t uid)
{
	struct stat st;

	assert_int_equal(vprep_io_node_stat(h->session->io, &st, "%s", node), 0);
	assert_int_equal(st.st_uid, uid);
}

static void every_kind_of_node_is_given_back(void **state)
{
	struct host *h = *state;

	assert_int_equal(kinds_prepare(h), 0);
	check_node(h, "vfio/4", 1234);
	lose_records(h);
	assert_int_equal(kinds_prepare(h), -EBUSY);
	assert_int_equal(host_recover(h, NULL), 0);
	check_node(h, "vfio/4", 0);
	host_check_driver(h, "0000:08:10.4", "igbvf");
	check_orphans(h, "");
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	host_leaves(h, "rules.d mdev " UUID " vfio/ sriov 0000: links/ iommu_groups/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(what_has_its_record_is_no_orphan),
		HOST_TEST(another_name_of_the_folder_makes_no_orphans),
		HOST_TEST(a_lost_record_is_seen_and_not_taken_for_the_hosts),
		HOST_TEST(others_are_attached_meanwhile),
		HOST_TEST(an_owner_that_goes_on_gets_only_that_back),
		HOST_TEST(placeholders_go_back_too),
		HOST_TEST(a_driver_that_was_there_before_stays),
		HOST_TEST(while_user_space_has_the_group_no_driver_takes_it),
		HOST_TEST(what_is_left_of_the_rule_alone_goes),
		HOST_TEST(what_another_owner_has_by_now_is_left_alone),
		HOST_TEST(a_dry_run_tells_and_changes_nothing),
		HOST_TEST(what_a_crash_leaves_of_it_is_recovered),
		HOST_TEST(files_that_are_not_ours_are_left_alone),
		cmocka_unit_test_setup_teardown(every_kind_of_node_is_given_back,
						kinds_setup, host_teardown),
	};

	return cmocka_run_group_tests_name("orphans", tests, NULL, NULL);
}
