// SPDX-License-Identifier: GPL-2.0-or-later
/* What a program is told that its calls did. */
#include <errno.h>

#include "common/str.h"
#include "session-fixture.h"
#include "test.h"
#include "vf-fixture.h"

#define DEVICE                                                                           \
	"<hostdev mode='subsystem' type='pci'><source><address bus='5' slot='0x10' "     \
	"function='1'/></source></hostdev>"

static int setup(void **state)
{
	int r = host_setup(state);
	struct host *h = *state;

	vprep_session_note_changes(h->session, true);
	return r;
}

#define CHANGES_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, host_teardown)

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

/* "attached 0000:05:10.1 manual 7 igbvf vfio-pci /dev/vfio/7": a line each. */
static char *take(struct host *h)
{
	struct vprep_buf text = { 0 };
	struct vprep_changes *changes = vprep_session_take_changes(h->session);
	char *taken;

	assert_non_null(changes);
	for (size_t i = 0; i < vprep_changes_count(changes); i++) {
		const struct vprep_change *c = vprep_changes_get(changes, i);

		vprep_buf_addf(&text, "%s%s %s %s %d %s %s %s\n", c->what,
			       c->placeholder ? " placeholder" : "", c->device,
			       or_none(c->owner), c->group, or_none(c->driver_was),
			       or_none(c->driver), or_none(c->node));
	}
	assert_null(vprep_changes_get(changes, vprep_changes_count(changes)));
	vprep_changes_free(changes);
	vprep_buf_add(&text, "");
	assert_int_equal(vprep_buf_take(&text, &taken), 0);
	return taken;
}

static void check(struct host *h, const char *expected)
{
	_cleanup_free_ char *taken = take(h);
	_cleanup_free_ char *again = NULL;

	assert_string_equal(taken, expected);
	again = take(h); /* it is forgotten */
	assert_string_equal(again, "");
}

static void attached_devices_come_with_their_placeholders(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF " " NIC), 0);
	check(h, "attached " VF " manual 7 igbvf vfio-pci /dev/vfio/7\n"
		 "attached " NIC " manual 9 e1000e vfio-pci /dev/vfio/9\n"
		 "attached placeholder " SND " manual 9 snd vfio-pci -\n");
	assert_int_equal(host_detach(h, NULL), 0);
	check(h, "given-back " VF " manual 7 vfio-pci igbvf -\n"
		 "given-back " NIC " manual 9 vfio-pci e1000e -\n"
		 "given-back placeholder " SND " manual 9 vfio-pci snd -\n");
}

static void one_that_stays_bound_for_its_group_is_a_placeholder_then(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, NIC " " SND), 0);
	check(h, "attached " NIC " manual 9 e1000e vfio-pci /dev/vfio/9\n"
		 "attached " SND " manual 9 snd vfio-pci /dev/vfio/9\n");
	assert_int_equal(host_detach(h, NIC), 0);
	check(h, "given-back placeholder " NIC " manual 9 vfio-pci vfio-pci -\n");
	assert_int_equal(host_detach(h, SND), 0);
	check(h, "given-back " SND " manual 9 vfio-pci snd -\n"
		 "given-back placeholder " NIC " manual 9 vfio-pci e1000e -\n");
	host_check_driver(h, NIC, "e1000e");
}

static void the_node_is_told_with_its_user(void **state)
{
	struct host *h = *state;
	struct vprep_changes *changes;
	const struct vprep_change *c;

	assert_int_equal(host_attach(h, VF), 0);
	changes = vprep_session_take_changes(h->session);
	assert_non_null(changes);
	c = vprep_changes_get(changes, 0);
	assert_true(host_is_node(h, "vfio/7", c->uid, c->gid, (mode_t)c->mode));
	assert_true(c->has_driver);
	assert_null(c->own_node);
	assert_null(c->type);
	assert_int_equal(c->vfs, -1);
	vprep_changes_free(changes);
}

static void what_is_rolled_back_is_no_change(void **state)
{
	struct host *h = *state;

	fake_fail(h->fake, "bus/pci/drivers/vfio-pci/bind", 2, EIO);
	assert_true(host_attach(h, VF " " VF2) < 0);
	check(h, "");
}

static void what_a_domain_has_already_is_kept_or_mended(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_prepare(h, DEVICE), 0);
	check(h, "attached " VF " " DOMAIN " 7 igbvf vfio-pci /dev/vfio/7\n");
	assert_int_equal(host_prepare(h, DEVICE), 0);
	check(h, "kept " VF " " DOMAIN " 7 igbvf vfio-pci /dev/vfio/7\n");
	assert_int_equal(fchmodat(h->fake->dir, "dev/vfio/7", 0666, 0), 0);
	assert_int_equal(host_prepare(h, DEVICE), 0);
	check(h, "mended " VF " " DOMAIN " 7 igbvf vfio-pci /dev/vfio/7\n");
	assert_int_equal(host_release(h, DOMAIN, NULL), 0);
	check(h, "given-back " VF " " DOMAIN " 7 vfio-pci igbvf -\n");
}

static void nothing_is_noted_for_who_does_not_want_it(void **state)
{
	struct host *h = *state;

	vprep_session_note_changes(h->session, false);
	assert_int_equal(host_attach(h, VF), 0);
	check(h, "");
}

static void changes_that_nobody_takes_go_with_the_session(void **state)
{
	struct host *h = *state;

	assert_int_equal(host_attach(h, VF), 0);
}

static void a_number_of_vfs_is_a_change_of_its_pf(void **state)
{
	struct host *h = *state;
	struct vprep_changes *changes;
	const struct vprep_change *c;

	vprep_session_note_changes(h->session, true);
	assert_int_equal(vf_numvfs(h, 7), 0);
	assert_int_equal(vf_numvfs(h, 7), 0);
	changes = vprep_session_take_changes(h->session);
	assert_non_null(changes);
	assert_int_equal(vprep_changes_count(changes), 2);
	c = vprep_changes_get(changes, 0);
	assert_string_equal(c->what, "numvfs");
	assert_string_equal(c->device, PF);
	assert_int_equal(c->vfs_was, 2);
	assert_int_equal(c->vfs, 7);
	c = vprep_changes_get(changes, 1); /* it had as many already */
	assert_int_equal(c->vfs_was, 7);
	vprep_changes_free(changes);
	assert_int_equal(vf_numvfs(h, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES_TEST(attached_devices_come_with_their_placeholders),
		CHANGES_TEST(one_that_stays_bound_for_its_group_is_a_placeholder_then),
		CHANGES_TEST(the_node_is_told_with_its_user),
		CHANGES_TEST(what_is_rolled_back_is_no_change),
		CHANGES_TEST(what_a_domain_has_already_is_kept_or_mended),
		CHANGES_TEST(nothing_is_noted_for_who_does_not_want_it),
		CHANGES_TEST(changes_that_nobody_takes_go_with_the_session),
		VFS_TEST(a_number_of_vfs_is_a_change_of_its_pf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
