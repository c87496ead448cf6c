// SPDX-License-Identifier: GPL-2.0-or-later
/* A journal with a damaged line concerns its own devices; what it still says is undone. */
#include <errno.h>

#include "common/str.h"
#include "journal/owners.h"
#include "test.h"
#include "vf-fixture.h"

#define JOURNAL OWNERS "a.jsonl"

static int ask_as(struct host *h, const char *owner, const char *names)
{
	return host_ask(h, names, (struct vprep_request){ .owner = owner });
}

/* The text of the lines from @nth (from 1) on. */
static char *line_of(char *text, unsigned nth)
{
	while (--nth > 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return *text ? text : NULL;
}

enum damage {
	FLIP,	 /* a bit in the middle of the line */
	GARBAGE, /* none of it is what it was */
	LOSE,	 /* it is not there */
	DAMAGES,
};

static bool damage(struct host *h, const char *journal, unsigned nth, enum damage how)
{
	_cleanup_free_ char *text = fake_get(h->fake, "%s", journal);
	_cleanup_free_ char *whole = vprep_strf("%s\n", text);
	char *line = line_of(whole, nth), *end;

	if (!line)
		return false;
	end = strchr(line, '\n');
	if (how == FLIP)
		line[(end - line) / 2] ^= 1;
	else if (how == GARBAGE)
		memset(line, 'x', (size_t)(end - line));
	else
		memmove(line, end + 1, strlen(end + 1) + 1);
	fake_put(h->fake, 0600, whole, "%s", journal);
	return true;
}

static int salvage(struct host *h, const char *owner, char **ret_text)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct vprep_recovery *recovery = NULL;
	size_t i;
	int r;

	h->err = (struct vprep_error){ 0 };
	r = vprep_salvage(h->session, owner, false, &recovery, &h->err);
	vprep_buf_add(&buf, "");
	for (i = 0; recovery && i < recovery->n; i++)
		vprep_buf_addf(&buf, "%d %s: %s\n", recovery->items[i].left,
			       recovery->items[i].owner, recovery->items[i].text);
	vprep_recovery_free(recovery);
	assert_int_equal(vprep_buf_take(&buf, ret_text), 0);
	return r;
}

static void forget_salvaged(struct host *h)
{
	fake_remove(h->fake, "run/vfio-prep/salvaged");
	if (!fake_has(h->fake, OWNERS))
		fake_remove(h->fake, "run/vfio-prep");
}

static void put_back_by_hand(struct host *h)
{
	_cleanup_strv_ char **rules = NULL;
	struct vprep_io *io = h->session->io;

	vprep_io_write(io, "\n", "bus/pci/devices/" VF "/driver_override");
	vprep_io_write(io, VF, "bus/pci/drivers/vfio-pci/unbind");
	vprep_io_write(io, VF, "bus/pci/drivers/igbvf/bind");
	vprep_io_write(io, "auto", "bus/pci/devices/" VF "/power/control");
	fake_remove(h->fake, RULES "99-vfio-prep-iommu_group_7.rules");
	rules = fake_list(h->fake, RULES);
	if (!rules[0])
		fake_remove(h->fake, "run/udev/rules.d");
}

/* ---- each line of a journal, damaged in each way ---- */

static void check_others_go_on(struct host *h, unsigned nth)
{
	if (ask_as(h, "b", VF2) < 0 || host_attach(h, NIC) < 0 ||
	    host_detach(h, NIC) < 0 || host_detach_owner(h, "b") < 0)
		fail_msg("line %u: %s", nth, h->err.message);
}

static void check_kept(struct host *h, unsigned nth)
{
	int r = ask_as(h, "b", VF);

	if (r == 0 || r == -ESTALE)
		fail_msg("line %u: taken by another owner", nth);
	assert_non_null(strstr(h->err.message, "damaged"));
	assert_non_null(strstr(h->err.message, "vfio-prep recover --salvage a"));
	assert_true(ask_as(h, "a", VF2) < 0);
	assert_non_null(strstr(h->err.message, "vfio-prep recover --salvage a"));
}

static void one_damaged_line_concerns_its_own_devices(void **state)
{
	struct host *h = *state;
	unsigned nth, how, whole = 0, n = 0;

	for (nth = 1; nth > 0; nth++)
		for (how = 0; how < DAMAGES; how++) {
			_cleanup_free_ char *text = NULL;

			assert_int_equal(ask_as(h, "a", VF), 0);
			if (!damage(h, JOURNAL, nth, how)) {
				assert_int_equal(host_detach_owner(h, "a"), 0);
				assert_true(n > 20 && whole > n / 3);
				host_check_same(h);
				return;
			}
			n++;
			if (streq(host_owner_state(h, "a"), "corrupt")) {
				check_others_go_on(h, nth);
				check_kept(h, nth);
				if (salvage(h, "a", &text) < 0)
					fail_msg("line %u: %s", nth, h->err.message);
				assert_non_null(strstr(text, "undone as far as"));
				assert_true(fake_has(h->fake,
						     "run/vfio-prep/salvaged/a.jsonl"));
				forget_salvaged(h);
			} else { /* a state, of which nobody can tell that it was there */
				assert_int_equal(how, LOSE);
				assert_int_equal(host_recover(h, NULL), 0);
				host_detach_owner(h, "a");
			}
			assert_string_equal(host_owner_state(h, "a"), "");
			if (host_is_same(h))
				whole++;
			else /* it was told */
				assert_non_null(strstr(text, "not known: all that was "
							     "done with"));
			put_back_by_hand(h);
			host_check_same(h);
		}
}

static void nothing_but_its_name_and_its_rule_may_be_known(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(ask_as(h, "a", VF), 0);
	fake_put(h->fake, 0600, "garbage\n", JOURNAL);
	host_remember(h);
	check_kept(h, 0);
	host_check_same(h);
	check_others_go_on(h, 0);
	host_check_same(h);
	assert_int_equal(salvage(h, "a", &text), 0);
	assert_non_null(strstr(text, "line 1: it is not a record"));
	host_leaves(h, VF " vfio/7 run/");
}

/* ---- what may not be undone ---- */

/* The record that it was given back is what was lost. */
static void what_another_owner_holds_by_now_is_left(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *journal = NULL, *text = NULL;

	assert_int_equal(ask_as(h, "a", VF " " VF2), 0);
	journal = fake_get(h->fake, JOURNAL);
	assert_int_equal(host_detach_owner(h, "a"), 0);
	assert_int_equal(ask_as(h, "b", VF), 0);
	host_remember(h);
	fake_put(h->fake, 0600, journal, JOURNAL);
	assert_true(damage(h, JOURNAL, 1, FLIP));
	assert_int_equal(salvage(h, "a", &text), 0);
	assert_non_null(strstr(text, "not known: all that was done with " VF));
	host_check_driver(h, VF, "vfio-pci");
	forget_salvaged(h);
	host_check_same(h);
	assert_int_equal(host_detach_owner(h, "b"), 0);
}

static void a_held_device_is_left_and_salvaged_later(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL, *again = NULL;

	assert_int_equal(ask_as(h, "a", VF " " VF2), 0);
	assert_true(damage(h, JOURNAL, 1, FLIP));
	fake_fail(h->fake, "*/vfio-pci/unbind", 0, EIO);
	assert_int_equal(salvage(h, "a", &text), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	assert_string_equal(host_owner_state(h, "a"), "corrupt");
	check_kept(h, 0);
	fake_clear_faults(h->fake);
	assert_int_equal(salvage(h, "a", &again), 0);
	forget_salvaged(h);
	host_check_same(h);
}

static void other_owners_are_not_salvaged(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL, *none = NULL;

	assert_int_equal(ask_as(h, "a", VF), 0);
	assert_int_equal(salvage(h, "a", &text), -EINVAL);
	assert_int_equal(h->err.code, VPREP_E_REFUSED);
	assert_non_null(strstr(h->err.message, "is not damaged"));
	assert_int_equal(salvage(h, "b", &none), -ENODEV);
	assert_int_equal(h->err.code, VPREP_E_NOT_FOUND);
	assert_int_equal(host_detach_owner(h, "a"), 0);
}

static void a_dry_run_changes_nothing(void **state)
{
	struct vprep_recovery *recovery;
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(ask_as(h, "a", VF), 0);
	assert_true(damage(h, JOURNAL, 2, FLIP));
	host_remember(h);
	assert_int_equal(vprep_salvage(h->session, "a", true, &recovery, &h->err), 0);
	assert_non_null(strstr(recovery->items[recovery->n - 1].text, "would be undone"));
	vprep_recovery_free(recovery);
	host_check_same(h);
	assert_int_equal(salvage(h, "a", &text), 0);
	forget_salvaged(h);
}

static void an_earlier_boots_is_only_cleaned(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(ask_as(h, "a", VF), 0);
	assert_true(damage(h, JOURNAL, 3, FLIP));
	host_reboot(h);
	assert_int_equal(ask_as(h, "b", VF2), 0);
	assert_int_equal(host_detach_owner(h, "b"), 0);
	assert_int_equal(salvage(h, "a", &text), 0);
	host_check_driver(h, VF, "vfio-pci");
	assert_string_equal(host_owner_state(h, "a"), "");
	host_leaves(h, VF " vfio/7 run/");
}

/* ---- other questions ---- */

static void the_number_of_vfs_is_refused_only_for_its_vfs(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(ask_as(h, "a", VF), 0);
	assert_true(damage(h, JOURNAL, 2, FLIP));
	assert_int_equal(vf_numvfs(h, 3), 0);
	assert_int_equal(vf_numvfs(h, 2), 0);
	assert_int_equal(salvage(h, "a", &text), 0);
	assert_int_equal(ask_as(h, "a", VF0), 0);
	assert_true(damage(h, JOURNAL, 2, FLIP));
	assert_int_equal(vf_numvfs(h, 3), -EBUSY);
	assert_non_null(strstr(h->err.message, "recover --salvage a"));
	assert_int_equal((free(text), salvage(h, "a", &text)), 0);
	forget_salvaged(h);
}

/* People paste what a message tells them. */
static void a_command_names_the_owner_as_a_shell_reads_it(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(ask_as(h, "my vm; ls", VF), 0);
	assert_int_equal(salvage(h, "my vm; ls", &text), -EINVAL);
	assert_non_null(strstr(h->err.message, "detach --owner 'my vm; ls'"));
	assert_true(damage(h, OWNERS "my%20vm%3B%20ls.jsonl", 2, FLIP));
	assert_true(ask_as(h, "b", VF) < 0);
	assert_non_null(strstr(h->err.message, "recover --salvage 'my vm; ls'"));
	assert_true(ask_as(h, "my vm; ls", VF) < 0);
	assert_non_null(strstr(h->err.message, "recover --salvage 'my vm; ls'"));
	assert_true(host_recover(h, NULL) < 0);
	assert_non_null(strstr(h->err.message, "recover --salvage 'my vm; ls'"));
	assert_int_equal((free(text), salvage(h, "my vm; ls", &text)), 0);
	forget_salvaged(h);
	host_check_same(h);
}

static void a_domain_is_found_by_its_name_still(void **state)
{
	struct host *h = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(
		host_prepare(h, "<hostdev mode='subsystem' type='pci'><source><address "
				"bus='5' slot='0x10' function='1'/></source></hostdev>"),
		0);
	assert_true(damage(h, OWNERS DOMAIN ".jsonl", 2, FLIP));
	assert_int_equal(host_release(h, "web1", NULL), -EBADMSG);
	assert_non_null(strstr(h->err.message, "recover --salvage " DOMAIN));
	assert_int_equal(salvage(h, DOMAIN, &text), 0);
	forget_salvaged(h);
	host_check_same(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(one_damaged_line_concerns_its_own_devices),
		HOST_TEST(nothing_but_its_name_and_its_rule_may_be_known),
		HOST_TEST(what_another_owner_holds_by_now_is_left),
		HOST_TEST(a_held_device_is_left_and_salvaged_later),
		HOST_TEST(other_owners_are_not_salvaged),
		HOST_TEST(a_dry_run_changes_nothing),
		HOST_TEST(an_earlier_boots_is_only_cleaned),
		VFS_TEST(the_number_of_vfs_is_refused_only_for_its_vfs),
		HOST_TEST(a_command_names_the_owner_as_a_shell_reads_it),
		HOST_TEST(a_domain_is_found_by_its_name_still),
	};

	return cmocka_run_group_tests_name("salvage", tests, NULL, NULL);
}
