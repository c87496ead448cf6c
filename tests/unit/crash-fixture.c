// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-fixture.h"

#include <errno.h>

#include "mutations.h"
#include "test.h"

/* One after the other: the fake kernel's writes are whole only if they are not killed. */
#define ONE_BY_ONE "parallel = 1\n"
#define POINTS_MAX 200

const char *crash_names;

static unsigned nth;
static host_work crashing;

int crash_attach(struct host *h)
{
	return host_attach(h, crash_names);
}

int crash_detach(struct host *h)
{
	return host_detach(h, crash_names);
}

int crash_recover(struct host *h)
{
	return host_recover(h, NULL);
}

static int crash_before_change(struct host *h)
{
	mutations_kill(nth);
	return crashing(h);
}

static int crash_in_append(struct host *h)
{
	mutations_kill_torn(nth);
	return crashing(h);
}

void crash_nothing(struct host *h)
{
	(void)h;
}

void crash_be_attached(struct host *h)
{
	assert_int_equal(host_attach(h, crash_names), 0);
}

/* A release that was killed when it had unbound the first device. */
void crash_be_half_detached(struct host *h)
{
	crash_be_attached(h);
	fake_die(h->fake, "*/unbind", 1, FAKE_ORPHAN_AFTER);
	assert_true(host_is_killed(h, crash_detach));
	fake_clear_faults(h->fake);
}

void crash_be_left(struct host *h)
{
	crash_be_attached(h);
	fake_fail(h->fake, "*/unbind", 0, EIO);
	assert_int_equal(crash_detach(h), -EIO);
	assert_int_equal(h->err.code, VPREP_E_LEFT);
	fake_clear_faults(h->fake);
}

/* An owner whose journal is damaged is told each time, after all others. */
static bool is_damage_told(const struct host *h)
{
	return strstr(h->err.message, "zz.jsonl is damaged");
}

static void recover_all(struct host *h)
{
	if (host_recover(h, NULL) < 0 && !is_damage_told(h))
		fail_msg("point %u: %s", nth, h->err.message);
}

/* What is left once the killed command is through, or was killed too late. */
static void check_recovered(struct host *h)
{
	recover_all(h);
	if (!host_is_same(h) && host_detach(h, NULL) < 0 && !is_damage_told(h))
		fail_msg("point %u: %s", nth, h->err.message);
	if (!host_is_same(h))
		print_error("after point %u:\n", nth);
	host_check_same(h);
}

static void crash_at_each_change(struct host *h, void (*prepare)(struct host *),
				 host_work work, host_work how)
{
	bool killed = true;

	crashing = work;
	for (nth = 1; killed; nth++) {
		assert_true(nth < POINTS_MAX);
		prepare(h);
		killed = host_is_killed(h, how);
		check_recovered(h);
	}
	assert_true(nth > 5);
}

static void crash_at_each_write(struct host *h, void (*prepare)(struct host *),
				host_work work, enum fake_death how)
{
	bool killed = true;

	for (nth = 1; killed; nth++) {
		assert_true(nth < POINTS_MAX);
		prepare(h);
		fake_die(h->fake, "*", nth, how);
		killed = host_is_killed(h, work);
		fake_clear_faults(h->fake);
		check_recovered(h);
	}
	assert_true(nth > 2);
}

void crash_everywhere(struct host *h, void (*prepare)(struct host *), host_work work)
{
	host_configure(h, ONE_BY_ONE);
	crash_at_each_write(h, prepare, work, FAKE_ORPHAN_AFTER);
	crash_at_each_change(h, prepare, work, crash_before_change);
	if (strchr(crash_names, ' ')) /* before a write is after the one before it */
		return;
	crash_at_each_write(h, prepare, work, FAKE_ORPHAN_BEFORE);
	crash_at_each_change(h, prepare, work, crash_in_append);
}

bool crash_at_change(struct host *h, host_work work, unsigned n)
{
	nth = n;
	crashing = work;
	return host_is_killed(h, crash_before_change);
}
