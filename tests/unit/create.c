// SPDX-License-Identifier: GPL-2.0-or-later
/* Making and removing node devices on a fake host with fibre channel. */
#include <errno.h>

#include "common/str.h"
#include "session/transaction.h"
#include "mdev-fixture.h"
#include "step-fixture.h"
#include "test.h"

#define WWPN "10000000c9831234"
#define WWNN "20000000c9831234"
#define NAMES "<wwnn>" WWNN "</wwnn><wwpn>" WWPN "</wwpn>"
#define HOST3 "class/fc_host/host3"

static char *made;

static int create(struct host *h, const char *inner)
{
	_cleanup_free_ char *xml = vprep_strf("<device>%s</device>", inner);

	free(made);
	made = NULL;
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_create(h->session, xml, strlen(xml), &made, &h->err);
}

static int create_vport(struct host *h, const char *parent, const char *names)
{
	_cleanup_free_ char *inner =
		vprep_strf("%s<capability type='scsi_host'><capability type='fc_host'>%s"
			   "</capability></capability>",
			   parent, names);

	return create(h, inner);
}

static int create_mdev(struct host *h, const char *parent, const char *type,
		       const char *uuid)
{
	_cleanup_free_ char *inner =
		vprep_strf("<parent>%s</parent><capability type='mdev'><type id='%s'/>"
			   "%s</capability>",
			   parent, type, uuid);

	return create(h, inner);
}

static int destroy(struct host *h, const char *name)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_destroy(h->session, name, &h->err);
}

static void check(struct host *h, int r, int want, enum vprep_code code, const char *text)
{
	assert_int_equal(r, want);
	mdev_check_error(h, code, text);
	assert_null(made);
	host_check_same(h);
}

static int teardown(void **state)
{
	free(made);
	made = NULL;
	return host_teardown(state);
}

#define CREATE_TEST(fn) cmocka_unit_test_setup_teardown(fn, mdev_fc_setup, teardown)

static void a_vport_is_made_for_good_and_destroyed(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *log = NULL;

	assert_int_equal(create_vport(h, "<parent>scsi_host3</parent>", NAMES), 0);
	assert_string_equal(made, "scsi_host0");
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-3:0-0"));
	assert_false(fake_has(h->fake, "run/vfio-prep"));
	log = fake_log(h->fake);
	assert_non_null(strstr(log, HOST3 "/vport_create " WWPN ":" WWNN " 0"));
	assert_int_equal(host_recover(h, NULL), 0);
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-3:0-0"));
	assert_int_equal(destroy(h, made), 0);
	host_check_same(h);
}

static void the_parent_is_found_in_any_way(void **state)
{
	static const struct {
		const char *parent, *vport;
	} cases[] = {
		{ "<parent wwnn='0000000000000012' wwpn='0000000000000022'/>",
		  "vport-12:0-0" },
		{ "<parent>scsi_host12</parent>", "vport-12:0-0" },
		{ "<parent>host3</parent>", "vport-3:0-0" },
		{ "<parent fabric_wwn='0000000000000005'/>", "vport-12:0-0" },
		{ "", "vport-3:0-0" },
		{ "<parent/>", "vport-3:0-0" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		if (create_vport(h, cases[i].parent, NAMES) < 0)
			fail_msg("%s: %s", cases[i].parent, h->err.message);
		assert_true(fake_has(h->fake, "sys/class/fc_vports/%s", cases[i].vport));
		assert_int_equal(destroy(h, made), 0);
		host_check_same(h);
	}
}

static void names_are_made_up_and_differ(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *one = NULL, *two = NULL, *first = NULL;

	assert_int_equal(create_vport(h, "", ""), 0);
	first = strdup(made);
	one = fake_get(h->fake, "sys/class/fc_vports/vport-3:0-0/port_name");
	assert_int_equal(create_vport(h, "", "<wwnn>" WWNN "</wwnn>"), 0);
	two = fake_get(h->fake, "sys/class/fc_vports/vport-3:0-1/port_name");
	assert_int_equal(strncmp(one, "0x5001a4a", 9), 0);
	assert_int_equal(strncmp(two, "0x5001a4a", 9), 0);
	assert_string_not_equal(one, two);
	assert_int_equal(create_vport(h, "", NAMES), 0); /* host3 is full */
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-12:0-0"));
	assert_int_equal(create_vport(h, "", ""), -ENOSPC);
	mdev_check_error(h, VPREP_E_REFUSED, "has all the vports that it can have");
	assert_int_equal(create_vport(h, "<parent>scsi_host3</parent>", ""), -ENOSPC);
	mdev_check_error(h, VPREP_E_REFUSED, "scsi_host3 has all the vports");
	assert_int_equal(destroy(h, first), 0);
	assert_int_equal(create_vport(h, "<parent>scsi_host3</parent>", ""), 0);
	host_leaves(h, "host3 host12");
}

static void what_cannot_be_made_is_refused(void **state)
{
	struct host *h = *state;

	check(h, create_vport(h, "<parent>scsi_host7</parent>", NAMES), -ENODEV,
	      VPREP_E_NOT_FOUND, "'scsi_host7': there is no such SCSI host");
	check(h, create_vport(h, "<parent>scsi_host1</parent>", NAMES), -EOPNOTSUPP,
	      VPREP_E_UNSUPPORTED, "scsi_host1 makes no vports");
	check(h,
	      create_vport(h, "<parent wwnn='0000000000000011' wwpn='0000000000000021'/>",
			   NAMES),
	      -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "scsi_host1 makes no vports");
	check(h, create_vport(h, "<parent fabric_wwn='0000000000000009'/>", NAMES),
	      -ENODEV, VPREP_E_NOT_FOUND, "is in the fabric 0000000000000009");
	check(h,
	      create_vport(h, "<parent wwnn='0000000000000099' wwpn='0000000000000021'/>",
			   NAMES),
	      -ENODEV, VPREP_E_NOT_FOUND, "no fibre channel host has the WWPN");
	check(h, create_vport(h, "", "<wwpn>0000000000000021</wwpn>"), -EEXIST,
	      VPREP_E_REFUSED, "belongs to scsi_host1 already");
	check(h, create(h, "<capability type='pci'/>"), -EINVAL, VPREP_E_USAGE,
	      "line 1: ");
	fake_put(h->fake, 0644, "DEVTYPE=scsi_host\n", "sys/devices/ata/host9/uevent");
	fake_link(h->fake, "sys/devices/ata/host9", "sys/bus/scsi/devices/host9");
	host_remember(h);
	check(h, create_vport(h, "<parent>scsi_host9</parent>", NAMES), -EOPNOTSUPP,
	      VPREP_E_UNSUPPORTED, "scsi_host9 is not a fibre channel host");
}

static void without_fibre_channel_there_is_none(void **state)
{
	struct host *h = *state;

	fake_remove(h->fake, "sys/class/fc_host");
	host_remember(h);
	check(h, create_vport(h, "", ""), -ENODEV, VPREP_E_NOT_FOUND,
	      "this host has no fibre channel host");
}

static void the_kernels_refusals_are_explained(void **state)
{
	static const struct {
		int number, result;
		enum vprep_code code;
		const char *text;
	} c[] = {
		{ EINVAL, -EINVAL, VPREP_E_REFUSED, "may be in use already" },
		{ ENOSPC, -ENOSPC, VPREP_E_REFUSED, "that it can have (2)" },
		{ EIO, -EIO, VPREP_E_FAILED, "Input/output error" },
		{ 2 /* of lpfc */, -EINVAL, VPREP_E_REFUSED, "may be in use already" },
		{ 4 /* of lpfc */, -ENOSPC, VPREP_E_REFUSED, "that it can have (2)" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(c); i++) {
		fake_fail(h->fake, "*/vport_create", 1, c[i].number);
		check(h, create_vport(h, "", NAMES), c[i].result, c[i].code, c[i].text);
		fake_clear_faults(h->fake);
	}
}

static void a_vport_that_gets_no_host_is_removed(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *log = NULL;

	host_configure(h, "deadline-bind = 1\n");
	fake_lose_vport_hosts(h->fake);
	assert_int_equal(create_vport(h, "", NAMES), -ETIMEDOUT);
	assert_null(made);
	host_check_same(h);
	log = fake_log(h->fake);
	assert_non_null(strstr(log, "/vport_delete " WWPN ":" WWNN " 0"));
}

static void a_name_that_is_in_use_is_refused(void **state)
{
	struct host *h = *state;

	assert_int_equal(create_vport(h, "", NAMES), 0);
	host_remember(h);
	check(h, create_vport(h, "", NAMES), -EEXIST, VPREP_E_REFUSED, "already");
	/* with another WWNN, on another host: the kernel would take it */
	check(h, create_vport(h, "<parent>scsi_host12</parent>", "<wwpn>" WWPN "</wwpn>"),
	      -EEXIST, VPREP_E_REFUSED, "belongs to scsi_host0 already");
}

static struct vprep_session *session;

static struct vprep_step *add_vport_step(struct vprep_steps *steps)
{
	struct vprep_step *step = step_add(steps, "vport-create", "vport_" WWPN);

	step_set_text(step, "parent", "host3");
	step_set_text(step, "vport", WWPN ":" WWNN);
	return step;
}

static int plan_vport(struct vprep_transaction *transaction,
		      const struct vprep_store *locked, void *data,
		      struct vprep_steps *ret, struct vprep_error *err)
{
	(void)transaction, (void)locked, (void)data, (void)err;
	step_add(ret, "claim", "vport_" WWPN);
	add_vport_step(ret);
	return 0;
}

static int be_too_late(struct vprep_step_context *context, size_t first,
		       struct vprep_error *err)
{
	assert_int_equal(
		vprep_io_write(session->io, WWPN ":" WWNN, HOST3 "/vport_create"), 0);
	return vprep_exec_do_but_claims(context, first, err);
}

/* I1 of the step: made between our look and our write. */
static void somebody_elses_vport_is_not_rolled_back(void **state)
{
	const struct vprep_transaction_stage stage = { .plan = plan_vport,
						       .carry_out = be_too_late };
	const struct vprep_journal_header header = vprep_journal_header_of("vport", "x");
	const struct vprep_transaction_work work = { .id = "vport:x",
						     .header = &header,
						     .stages = &stage,
						     .n_stages = 1,
						     .keep = "does nothing" };
	struct host *h = *state;

	session = h->session;
	assert_int_equal(vprep_transaction_run(h->session, &work, &h->err), -EEXIST);
	mdev_check_error(h, VPREP_E_OWNED, "somebody else made the vport");
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-3:0-0"));
	host_leaves(h, "host3");
}

/* I2 */
static void a_vport_that_moved_to_another_host_stays(void **state)
{
	struct host *h = *state;
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_step *step = add_vport_step(&steps);

	assert_int_equal(vprep_io_write(h->session->io, WWPN ":" WWNN,
					"class/fc_host/host12/vport_create"),
			 0);
	step->state = VPREP_STEP_DONE;
	assert_int_equal(step->kind->child_undo(h->session->io, step, &h->err), 0);
	mdev_check_error(h, VPREP_OK, "is on another host now; left as it is");
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-12:0-0"));
	host_leaves(h, "host12");
}

static void only_what_was_made_is_destroyed(void **state)
{
	struct host *h = *state;

	check(h, destroy(h, "scsi_host3"), -EPERM, VPREP_E_REFUSED, "is not a vport");
	check(h, destroy(h, "scsi_host77"), -ENODEV, VPREP_E_NOT_FOUND, "no such node");
	check(h, destroy(h, "pci_0000_06_00_0"), -EOPNOTSUPP, VPREP_E_UNSUPPORTED,
	      "pci_0000_06_00_0 cannot be destroyed");
	check(h, destroy(h, "computer"), -EOPNOTSUPP, VPREP_E_UNSUPPORTED, "computer");
	mdev_make(h, "mtty-2", UUID);
	host_remember(h);
	check(h, destroy(h, "mdev_c2177883_f1bb_47f0_914d_32a22e3a8804_mtty"), -EPERM,
	      VPREP_E_REFUSED, "was not made by vfio-prep");
}

static void a_failure_to_destroy_is_told(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *name = NULL;

	assert_int_equal(create_vport(h, "", NAMES), 0);
	name = strdup(made);
	fake_fail(h->fake, "*/vport_delete", 1, EIO);
	assert_int_equal(destroy(h, name), -EIO);
	mdev_check_error(h, VPREP_E_FAILED, "cannot remove the vport " WWPN ":" WWNN);
	fake_clear_faults(h->fake);
	fake_fail(h->fake, "*/vport_delete", 1, EBUSY); /* only the first time */
	assert_int_equal(destroy(h, name), 0);
	host_check_same(h);
}

static void a_failure_needs_no_error(void **state)
{
	struct host *h = *state;

	assert_int_equal(create_vport(h, "", NAMES), 0);
	fake_fail(h->fake, "*/vport_delete", 1, EIO);
	assert_int_equal(vprep_node_device_destroy(h->session, made, NULL), -EIO);
	fake_clear_faults(h->fake);
	assert_int_equal(destroy(h, made), 0);
	host_check_same(h);
}

#define DISK "sys/devices/virtual/fc/host3/vport-3:0-0/host0/target0:0:0/0:0:0:1/"

static void attach_disk(struct host *h)
{
	fake_put(h->fake, 0644, "DEVTYPE=scsi_device\n", DISK "uevent");
	fake_link(h->fake,
		  "sys/devices/virtual/fc/host3/vport-3:0-0/host0/target0:0:0/0:0:0:1",
		  "sys/bus/scsi/devices/0:0:0:1");
	fake_put(h->fake, 0644, "21:7\n", DISK "scsi_generic/sg7/dev");
	fake_put(h->fake, 0600, "", "dev/sg7");
	if (host_attach(h, "scsi_0_0_0_1") < 0)
		fail_msg("%s", h->err.message);
}

static void remove_disk(struct host *h)
{
	fake_remove(h->fake, "dev/sg7");
	fake_remove(h->fake, "sys/bus/scsi/devices/0:0:0:1");
}

static void a_vport_with_an_owners_disk_stays(void **state)
{
	struct host *h = *state;

	assert_int_equal(create_vport(h, "", NAMES), 0);
	attach_disk(h);
	assert_int_equal(destroy(h, made), -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "scsi_0_0_0_1 belongs to owner 'manual'");
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(destroy(h, made), 0);
	remove_disk(h);
	host_check_same(h);
}

static void an_owner_of_an_earlier_boot_keeps_no_vport(void **state)
{
	struct host *h = *state;

	assert_int_equal(create_vport(h, "", NAMES), 0);
	attach_disk(h);
	host_reboot(h);
	assert_int_equal(destroy(h, made), 0);
	remove_disk(h);
}

static void a_vport_stays_that_a_damaged_journal_names(void **state)
{
	struct host *h = *state;

	assert_int_equal(create_vport(h, "", NAMES), 0);
	attach_disk(h);
	host_corrupt(h, "manual");
	assert_int_equal(destroy(h, made), -EBUSY);
	mdev_check_error(h, VPREP_E_OWNED, "belongs to owner 'manual'");
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-3:0-0"));
	remove_disk(h);
	host_leaves(h, "host3 run/");
}

static void a_vport_that_a_command_works_on_stays(void **state)
{
	struct host *h = *state;
	const struct vprep_journal_header header = vprep_journal_header_of("vport", "x");
	struct vprep_transaction other;

	host_configure(h, "deadline-bind = 1\n");
	assert_int_equal(create_vport(h, "", NAMES), 0);
	assert_int_equal(vprep_transaction_begin(h->session, "vport:" WWPN, &header, 1,
						 &other, &h->err),
			 0);
	vprep_transaction_unlock(&other);
	assert_int_equal(destroy(h, made), -EAGAIN);
	assert_true(fake_has(h->fake, "sys/class/fc_vports/vport-3:0-0"));
	assert_int_equal(vprep_transaction_end(&other, 0, &h->err), 0);
	assert_int_equal(destroy(h, made), 0);
	host_check_same(h);
}

static void a_mediated_device_is_made_and_destroyed(void **state)
{
	struct host *h = *state;

	assert_int_equal(create_mdev(h, "mtty_mtty", "mtty-2", "<uuid>" UUID "</uuid>"),
			 0);
	assert_string_equal(made, "mdev_c2177883_f1bb_47f0_914d_32a22e3a8804_mtty");
	assert_int_equal(create_mdev(h, "mtty_mtty", "mtty-2", "<uuid>" UUID "</uuid>"),
			 -EEXIST);
	assert_int_equal(destroy(h, "mdev_" UUID), 0);
	host_check_same(h);
	assert_int_equal(create_mdev(h, "pci_0000_06_00_1", "nvidia-11", ""), 0);
	assert_non_null(strstr(made, "_0000_06_00_1"));
	assert_int_equal(destroy(h, made), 0);
	host_check_same(h);
	free(made);
	made = NULL;
	check(h, create_mdev(h, "pci_0000_ff_00_0", "mtty-2", ""), -ENODEV,
	      VPREP_E_NOT_FOUND, "there is no such parent");
	check(h, create_mdev(h, "mtty_mtty", "none-1", ""), -ENODEV, VPREP_E_NOT_FOUND,
	      "none-1");
}

static int make_one(struct host *h)
{
	return create_vport(h, "", NAMES);
}

static void killed_at_any_write_there_is_none(void **state)
{
	static const enum fake_death ways[] = { FAKE_ORPHAN_BEFORE, FAKE_ORPHAN_AFTER,
						FAKE_DIE_BEFORE, FAKE_DIE_AFTER };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(ways); i++) {
		fake_die(h->fake, "*/vport_create", 1, ways[i]);
		assert_true(host_is_killed(h, make_one) || ways[i] == FAKE_DIE_BEFORE ||
			    ways[i] == FAKE_DIE_AFTER);
		fake_clear_faults(h->fake);
		if (host_recover(h, NULL) < 0)
			fail_msg("%s", h->err.message);
		host_check_same(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CREATE_TEST(a_vport_is_made_for_good_and_destroyed),
		CREATE_TEST(the_parent_is_found_in_any_way),
		CREATE_TEST(names_are_made_up_and_differ),
		CREATE_TEST(what_cannot_be_made_is_refused),
		CREATE_TEST(without_fibre_channel_there_is_none),
		CREATE_TEST(the_kernels_refusals_are_explained),
		CREATE_TEST(a_vport_that_gets_no_host_is_removed),
		CREATE_TEST(a_name_that_is_in_use_is_refused),
		CREATE_TEST(somebody_elses_vport_is_not_rolled_back),
		CREATE_TEST(a_vport_that_moved_to_another_host_stays),
		CREATE_TEST(only_what_was_made_is_destroyed),
		CREATE_TEST(a_failure_to_destroy_is_told),
		CREATE_TEST(a_failure_needs_no_error),
		CREATE_TEST(a_vport_with_an_owners_disk_stays),
		CREATE_TEST(an_owner_of_an_earlier_boot_keeps_no_vport),
		CREATE_TEST(a_vport_stays_that_a_damaged_journal_names),
		CREATE_TEST(a_vport_that_a_command_works_on_stays),
		CREATE_TEST(a_mediated_device_is_made_and_destroyed),
		CREATE_TEST(killed_at_any_write_there_is_none),
	};

	return cmocka_run_group_tests_name("create", tests, NULL, NULL);
}
