// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands with steps of every kind of which something fails: the host is as it was, or
 * the code says that something is left, and recover makes it so.
 */
#include <errno.h>

#include "common/str.h"
#include "kinds-fixture.h"
#include "mutations.h"
#include "test.h"

/* Success is all that is done without a failure. Without it: code 4, or as it was; of a
 * release, which may go on, as far as recover can tell. */
static void check_code(struct host *h, int r)
{
	if (r == 0)
		kinds_check_done(h);
	if (r >= 0 || h->err.code == VPREP_E_LEFT || kinds_deed->before != kinds_nothing)
		return;
	if (!host_is_same(h))
		print_error("%s, point %u: %s\n", kinds_deed->name, kinds_nth,
			    h->err.message);
	host_check_same(h);
}

/* What recover is to give back, it does give back. */
static void check_left(struct host *h, int r)
{
	if (r >= 0 || h->err.code != VPREP_E_LEFT ||
	    kinds_deed->before != kinds_nothing || strstr(h->err.message, "it is done"))
		return;
	assert_int_equal(host_recover(h, NULL), 0);
	if (!host_is_same(h))
		print_error("%s, point %u:\n", kinds_deed->name, kinds_nth);
	host_check_same(h);
}

/* Of a domain's only every second one: most come in pairs of a write and its sync. */
static bool fails_at_change(struct host *h)
{
	bool is_long = kinds_deed->back == kinds_release;
	unsigned at = is_long ? 2 * kinds_nth - kinds_nth % 2 : kinds_nth;
	int r;

	mutations_fail(at, ENOSPC, 0);
	r = kinds_deed->work(h);
	if (mutations_stop() < at)
		return false;
	check_code(h, r);
	check_left(h, r);
	return true;
}

static void any_change_of_a_file_fails(void **state)
{
	kinds_sweep(*state, fails_at_change);
}

static bool fails_at_write(struct host *h, enum fake_death how)
{
	_cleanup_free_ char *before = fake_log(h->fake), *after = NULL;
	unsigned n = 0;
	const char *p;
	int r;

	if (how == FAKE_ORPHAN_LATE) /* none: an error */
		fake_fail(h->fake, "*", kinds_nth, EIO);
	else
		fake_die(h->fake, "*", kinds_nth, how);
	r = kinds_deed->work(h);
	check_code(h, r);
	after = fake_log(h->fake);
	for (p = after + strlen(before); *p; p++)
		n += *p == '\n';
	return n + 1 >= kinds_nth;
}

static bool fails_with_an_error(struct host *h)
{
	return fails_at_write(h, FAKE_ORPHAN_LATE);
}

static void any_write_fails(void **state)
{
	kinds_sweep(*state, fails_with_an_error);
}

static bool loses_its_child(struct host *h)
{
	return fails_at_write(h, kinds_nth % 2 ? FAKE_DIE_AFTER : FAKE_DIE_BEFORE);
}

static void any_child_is_killed(void **state)
{
	kinds_sweep(*state, loses_its_child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KINDS_TEST(any_change_of_a_file_fails),
		KINDS_TEST(any_write_fails),
		KINDS_TEST(any_child_is_killed),
	};

	return cmocka_run_group_tests_name("kinds-failing", tests, NULL, NULL);
}
