// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices that are declared when they are made: both or neither. */
#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"
#include "mdev-fixture.h"
#include "test.h"

#define FOLDER "etc/vfio-prep.d"
#define OWN FOLDER "/mdev-" UUID ".conf"
#define NAME "mdev_c2177883_f1bb_47f0_914d_32a22e3a8804_mtty"
#define XML(parent, type, uuid)                                                          \
	"<device><parent>" parent "</parent><capability type='mdev'><type id='" type     \
	"'/>" uuid "</capability></device>"
#define ONE XML("mtty_mtty", "mtty-2", "<uuid>" UUID "</uuid>")
#define SECTION "[mdev " UUID "]\ntype = mtty-2\nparent = mtty\n"
#define TEXT                                                                             \
	"# Written by 'vfio-prep create --boot'; 'vfio-prep destroy --boot mdev_" UUID   \
	"' removes it.\n" SECTION

static char *made;

static int create(struct host *h, const char *xml)
{
	free(made);
	made = NULL;
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_create_declared(h->session, xml, strlen(xml), &made,
						 &h->err);
}

static int create_one(struct host *h)
{
	return create(h, ONE);
}

static int destroy(struct host *h, const char *name)
{
	h->err = (struct vprep_error){ 0 };
	return vprep_node_device_destroy_declared(h->session, name, &h->err);
}

static int destroy_one(struct host *h)
{
	return destroy(h, NAME);
}

static int apply(struct host *h)
{
	struct vprep_differences *differences = NULL;
	int r;

	h->err = (struct vprep_error){ 0 };
	r = vprep_apply_declared(h->session, NULL, false, &differences, &h->err);
	vprep_differences_free(differences);
	return r;
}

static void must(struct host *h, int r)
{
	if (r < 0)
		fail_msg("%s", h->err.message);
}

/* Refused, and nothing is changed. */
static void check(struct host *h, int r, int want, enum vprep_code code, const char *text)
{
	assert_int_equal(r, want);
	mdev_check_error(h, code, text);
	host_check_same(h);
}

static bool is_there(struct host *h)
{
	return fake_has(h->fake, MDEV_DIR);
}

static bool is_declared(struct host *h)
{
	return fake_has(h->fake, OWN);
}

/* By hand, as a reboot would: nobody's record says so. */
static void lose(struct host *h)
{
	assert_int_equal(vprep_io_write(h->session->io, "1",
					"bus/mdev/devices/" UUID "/remove"),
			 0);
	assert_false(is_there(h));
}

static int setup(void **state)
{
	int r = mdev_setup(state);
	struct host *h = *state;

	fake_mkdir(h->fake, "sys/class/mtty");
	fake_link(h->fake, "sys/devices/virtual/mtty/mtty", "sys/class/mtty/mtty");
	fake_mkdir(h->fake, FOLDER);
	host_remember(h);
	return r;
}

static int teardown(void **state)
{
	free(made);
	made = NULL;
	return host_teardown(state);
}

#define CREATE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static void it_is_made_and_declared_and_both_go(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *path = vprep_strf("%s/" OWN, h->fake->path), *text = NULL;
	struct stat st;

	must(h, create(h, ONE));
	assert_string_equal(made, NAME);
	assert_true(is_there(h));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	text = fake_get(h->fake, OWN);
	assert_int_equal(strlen(text), strlen(TEXT) - 1); /* the last newline */
	assert_int_equal(strncmp(text, TEXT, strlen(text)), 0);
	must(h, apply(h));
	assert_true(is_there(h));
	must(h, destroy(h, made));
	host_check_same(h);
}

static void apply_makes_it_again(void **state)
{
	struct host *h = *state;

	must(h, create(h, ONE));
	lose(h);
	must(h, apply(h));
	assert_true(is_there(h));
	must(h, destroy(h, UUID));
	host_check_same(h);
}

static void one_that_is_not_there_loses_its_declaration(void **state)
{
	struct host *h = *state;

	must(h, create(h, ONE));
	lose(h);
	must(h, destroy(h, NAME));
	host_check_same(h);
	fake_put(h->fake, 0644, TEXT, OWN); /* and one that never was */
	must(h, destroy(h, NAME));
	host_check_same(h);
}

static void without_its_file_apply_takes_it_back(void **state)
{
	struct host *h = *state;

	must(h, create(h, ONE));
	fake_remove(h->fake, OWN);
	must(h, apply(h));
	host_check_same(h);
}

static void nothing_else_that_is_declared_is_touched(void **state)
{
	struct host *h = *state;

	fake_put(h->fake, 0644,
		 "[device guests]\nmatch = address=" VF "\nboot = bind\n[mdev " UUID2
		 "]\ntype = mtty-1\n[mdev 11111111-1111-4111-8111-111111111111]\n"
		 "type = none\n",
		 FOLDER "/lab.conf");
	host_remember(h);
	must(h, create(h, ONE));
	host_check_driver(h, VF, "igbvf");
	assert_false(fake_has(h->fake, "sys/bus/mdev/devices/" UUID2));
	must(h, destroy(h, NAME));
	host_check_same(h);
}

static void a_random_uuid_is_declared_too(void **state)
{
	struct host *h = *state;

	must(h, create(h, XML("pci_0000_06_00_1", "nvidia-11", "")));
	assert_non_null(strstr(made, "_0000_06_00_1"));
	must(h, apply(h));
	must(h, destroy(h, made));
	host_check_same(h);
}

static void the_folder_is_made_and_goes_with_a_failure(void **state)
{
	struct host *h = *state;

	fake_remove(h->fake, FOLDER);
	host_remember(h);
	fake_fail(h->fake, "*/mtty-2/create", 1, EIO);
	assert_true(create(h, ONE) < 0);
	fake_clear_faults(h->fake);
	host_check_same(h);
	must(h, create(h, ONE));
	must(h, destroy(h, NAME));
	fake_remove(h->fake, FOLDER);
	host_check_same(h);
}

static void what_cannot_be_made_is_not_declared(void **state)
{
	struct host *h = *state;

	check(h, create(h, XML("mtty_mtty", "mtty-9", "")), -ENODEV, VPREP_E_NOT_FOUND,
	      "mtty-9");
	check(h, create(h, XML("nosuch", "mtty-2", "")), -ENODEV, VPREP_E_NOT_FOUND,
	      "there is no such parent");
	check(h, create(h, "<device/>"), -EINVAL, VPREP_E_USAGE, "no <capability>");
	fake_fail(h->fake, "*/mtty-2/create", 1, EIO);
	check(h, create(h, ONE), -EIO, VPREP_E_FAILED, "Input/output error");
	fake_clear_faults(h->fake);
	fake_remove(h->fake, FOLDER);
	fake_put(h->fake, 0644, "", FOLDER);
	host_remember(h);
	check(h, create(h, ONE), -ENOTDIR, VPREP_E_USAGE, "cannot read the folder");
}

static void what_is_there_or_known_already_is_refused(void **state)
{
	struct host *h = *state;

	mdev_make(h, "mtty-1", UUID);
	host_remember(h);
	check(h, create(h, ONE), -EEXIST, VPREP_E_OWNED, "exists already");
	lose(h);
	fake_put(h->fake, 0644, "# mine\n" SECTION, FOLDER "/mine.conf");
	host_remember(h);
	check(h, create(h, ONE), -EEXIST, VPREP_E_REFUSED,
	      "declared already, in /" FOLDER "/mine.conf, line 2");
	fake_remove(h->fake, FOLDER "/mine.conf");
	mdev_define(h, "mtty", "{\"mdev_type\":\"mtty-2\",\"start\":\"auto\"}");
	host_remember(h);
	check(h, create(h, ONE), -EEXIST, VPREP_E_REFUSED, "mdevctl has defined mdev");
	fake_remove(h->fake, "etc/mdevctl.d");
	fake_put(h->fake, 0644, "# nothing\n", OWN);
	host_remember(h);
	check(h, create(h, ONE), -EEXIST, VPREP_E_REFUSED, "there is a file /" OWN);
	fake_put(h->fake, 0644, "nonsense\n", FOLDER "/mine.conf");
	host_remember(h);
	check(h, create(h, ONE), -EINVAL, VPREP_E_USAGE, "mine.conf:1");
}

static void what_is_no_mdev_is_told_why(void **state)
{
	struct host *h = *state;

	check(h,
	      create(h, "<device><capability type='scsi_host'><capability "
			"type='fc_host'/></capability></device>"),
	      -ENODEV, VPREP_E_NOT_FOUND,
	      "this host has no fibre channel host that makes vports");
	check(h, destroy(h, "pci_0000_06_00_0"), -EOPNOTSUPP, VPREP_E_UNSUPPORTED,
	      "cannot be destroyed");
	check(h, destroy(h, NAME), -ENODEV, VPREP_E_NOT_FOUND, "no such node device");
}

static void an_administrators_file_is_not_touched(void **state)
{
	static const struct {
		const char *text, *file, *where;
	} cases[] = {
		{ "# mine\n\n" SECTION, FOLDER "/mine.conf", "/mine.conf, line 3" },
		{ TEXT "placement = compact\n", OWN, ".conf, line 2" },
		{ TEXT "[mdev " UUID2 "]\ntype = mtty-1\n", OWN, ".conf, line 2" },
		{ SECTION, OWN, ".conf, line 1" },
		{ "[mdev " UUID "]\ntype = mtty-2\n", OWN, ".conf, line 1" },
	};
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(cases); i++) {
		fake_put(h->fake, 0644, cases[i].text, "%s", cases[i].file);
		must(h, apply(h));
		host_remember(h);
		check(h, destroy(h, NAME), -EPERM, VPREP_E_REFUSED, cases[i].where);
		fake_remove(h->fake, "%s", cases[i].file);
		must(h, apply(h));
		host_remember(h);
	}
}

static void what_is_not_declared_is_not_destroyed_so(void **state)
{
	struct host *h = *state;

	must(h,
	     mdev_create(h, (struct vprep_mdev_request){ .type = "mtty-2", .uuid = UUID },
			 NULL));
	host_remember(h);
	check(h, destroy(h, NAME), -ENOENT, VPREP_E_REFUSED, "is not declared");
	must(h, mdev_remove(h, UUID));
	mdev_define(h, "mtty", "{\"mdev_type\":\"mtty-2\"}");
	host_remember(h);
	check(h, destroy(h, NAME), -EPERM, VPREP_E_REFUSED, "mdevctl undefine --uuid");
}

static void one_that_an_owner_has_stays_declared(void **state)
{
	struct host *h = *state;

	must(h, create(h, ONE));
	must(h, host_attach(h, MDEV));
	host_remember(h);
	check(h, destroy(h, NAME), -EBUSY, VPREP_E_OWNED, "is attached by");
	must(h, host_detach(h, MDEV));
	must(h, destroy(h, NAME));
	assert_false(is_there(h) || is_declared(h));
}

static void what_was_done_is_told(void **state)
{
	struct host *h = *state;
	struct vprep_changes *changes;

	vprep_session_note_changes(h->session, true);
	must(h, create(h, ONE));
	changes = vprep_session_take_changes(h->session);
	assert_int_equal(vprep_changes_count(changes), 2);
	assert_string_equal(vprep_changes_get(changes, 0)->what, "made");
	assert_string_equal(vprep_changes_get(changes, 0)->type, "mtty-2");
	assert_string_equal(vprep_changes_get(changes, 1)->what, "declared");
	assert_string_equal(vprep_changes_get(changes, 1)->file, "/" OWN);
	vprep_changes_free(changes);
	must(h, destroy(h, NAME));
	changes = vprep_session_take_changes(h->session);
	assert_int_equal(vprep_changes_count(changes), 2);
	assert_string_equal(vprep_changes_get(changes, 0)->what, "removed");
	assert_string_equal(vprep_changes_get(changes, 1)->what, "undeclared");
	vprep_changes_free(changes);
	host_check_same(h);
}

/* Whatever is declared is there after an apply, and nothing else is. */
static void killed_at_any_write_it_is_both_or_neither(void **state)
{
	static const enum fake_death ways[] = { FAKE_ORPHAN_BEFORE, FAKE_ORPHAN_AFTER,
						FAKE_DIE_BEFORE, FAKE_DIE_AFTER };
	struct host *h = *state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(ways); i++) {
		fake_die(h->fake, "*/mtty-2/create", 1, ways[i]);
		host_is_killed(h, create_one);
		fake_clear_faults(h->fake);
		must(h, host_recover(h, NULL));
		must(h, apply(h));
		assert_int_equal(is_there(h), is_declared(h));
		if (!is_declared(h))
			must(h, create(h, ONE));
		fake_die(h->fake, "*" UUID "/remove", 1, ways[i]);
		host_is_killed(h, destroy_one);
		fake_clear_faults(h->fake);
		must(h, host_recover(h, NULL));
		must(h, apply(h));
		assert_int_equal(is_there(h), is_declared(h));
		if (is_declared(h))
			must(h, destroy(h, NAME));
		host_check_same(h);
	}
}

static void a_failure_needs_no_error(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "*/mtty-2/create", 1, EIO);
	assert_int_equal(vprep_node_device_create_declared(h->session, ONE, strlen(ONE),
							   &made, NULL),
			 -EIO);
	fake_clear_faults(h->fake);
	assert_int_equal(vprep_node_device_destroy_declared(h->session, NAME, NULL),
			 -ENODEV);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CREATE_TEST(it_is_made_and_declared_and_both_go),
		CREATE_TEST(apply_makes_it_again),
		CREATE_TEST(one_that_is_not_there_loses_its_declaration),
		CREATE_TEST(without_its_file_apply_takes_it_back),
		CREATE_TEST(nothing_else_that_is_declared_is_touched),
		CREATE_TEST(a_random_uuid_is_declared_too),
		CREATE_TEST(the_folder_is_made_and_goes_with_a_failure),
		CREATE_TEST(what_cannot_be_made_is_not_declared),
		CREATE_TEST(what_is_there_or_known_already_is_refused),
		CREATE_TEST(what_is_no_mdev_is_told_why),
		CREATE_TEST(an_administrators_file_is_not_touched),
		CREATE_TEST(what_is_not_declared_is_not_destroyed_so),
		CREATE_TEST(one_that_an_owner_has_stays_declared),
		CREATE_TEST(what_was_done_is_told),
		CREATE_TEST(killed_at_any_write_it_is_both_or_neither),
		CREATE_TEST(a_failure_needs_no_error),
	};

	return cmocka_run_group_tests_name("create-declared", tests, NULL, NULL);
}
