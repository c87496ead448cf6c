// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lives of a host by chance: commands of many kinds in any order, of which some fail and
 * some are killed, and somebody else beside them.
 *
 * I1  When all is given back, the host is as it was.
 * I2  No device has two owners, and all who look say the same of who has it.
 * I3  A change that fails, and does not say that something is left, has changed nothing.
 * I4  A second recover finds nothing to do.
 * I5  Each failure says what it is.
 *
 * Each walk follows from its number. More of them: VPREP_LIFE="FIRST LAST".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply-fixture.h"
#include "common/str.h"
#include "life-deeds.h"
#include "mutations.h"
#include "test.h"

#define N_STEPS 25

static unsigned walk;
static char *told; /* the walk so far, a line each */

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void give_up(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

static void tell(const char *format, ...)
{
	_cleanup_free_ char *line = NULL, *before = told;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&line, format, args) >= 0);
	va_end(args);
	told = vprep_strf("%s%s\n", before ? before : "", line);
}

static void give_up(const char *format, ...)
{
	_cleanup_free_ char *line = NULL;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&line, format, args) >= 0);
	va_end(args);
	fputs(told, stderr);
	fail_msg("walk %u: %s", walk, line);
	abort();
}

/* ---- what is so between commands ---- */

static bool is_taken_by(const char *kind)
{
	return !streq(kind, "mdev") && !streq(kind, "numvfs") && !streq(kind, "vport");
}

/* Somebody who has it for a guest; what is declared may be had besides. NULL: nobody. */
static const struct vprep_held_device *find_taker(const struct vprep_held_devices *held)
{
	size_t i;

	for (i = 0; i < held->n; i++)
		if (is_taken_by(held->items[i].owner_kind) &&
		    !streq(held->items[i].owner, "declared"))
			return &held->items[i];
	return NULL;
}

static void check_one_owner(const struct vprep_held_devices *held)
{
	size_t i, k;

	for (i = 0; i < held->n; i++)
		for (k = i + 1; k < held->n; k++)
			if (streq(held->items[i].device, held->items[k].device) &&
			    !strstr(held->items[i].device, "scsi") &&
			    is_taken_by(held->items[i].owner_kind) &&
			    is_taken_by(held->items[k].owner_kind) &&
			    !streq(held->items[i].owner, "declared") &&
			    !streq(held->items[k].owner, "declared"))
				give_up("%s has two owners: %s and %s",
					held->items[i].device, held->items[i].owner,
					held->items[k].owner);
}

/* What a new owner who asks for the device is told, beside what lists say of it. */
static void check_asked(struct host *h, const struct vprep_host_device *d)
{
	const char *const name[] = { d->name, NULL };
	const struct vprep_request request = { .names = name, .owner = "somebody-new" };
	struct vprep_reasons *reasons = NULL;
	struct vprep_error err = { 0 };
	bool owned = false;
	size_t i;

	if (vprep_check(h->session, &request, &reasons, &err) < 0) {
		if (d->state == VPREP_HOST_DEVICE_FREE)
			give_up("check %s: %s", d->name, err.message);
		return;
	}
	for (i = 0; i < reasons->n; i++)
		owned |= reasons->items[i].code == VPREP_E_OWNED;
	if (d->state != VPREP_HOST_DEVICE_STAYS &&
	    owned != (d->state == VPREP_HOST_DEVICE_OWNED))
		give_up("list says %d of %s, owner %s; check: %s", (int)d->state, d->name,
			d->owner ? d->owner : "none",
			reasons->n > 0 ? reasons->items[0].message : "fine");
	if (d->state == VPREP_HOST_DEVICE_IN_USE && reasons->n == 0)
		give_up("list says that %s is in use, and check has no reason: %s",
			d->name, d->why);
	vprep_reasons_free(reasons);
}

static void check_device(struct host *h, const struct vprep_host_device *d)
{
	struct vprep_held_devices *held = NULL;
	const struct vprep_held_device *taker;
	struct vprep_error err = { 0 };

	if (vprep_held_device_find(h->session, d->name, &held, &err) < 0)
		give_up("who holds %s: %s", d->name, err.message);
	taker = find_taker(held);
	if (taker && d->state != VPREP_HOST_DEVICE_OWNED && !streq(d->name, BRIDGE))
		give_up("%s is %s's, and list says %d", d->name, taker->owner,
			(int)d->state);
	vprep_held_devices_free(held);
	check_asked(h, d);
}

static void check_agreement(struct host *h)
{
	struct vprep_held_devices *held = NULL;
	struct vprep_host_devices *devices = NULL;
	struct vprep_error err = { 0 };
	size_t i;

	if (vprep_held_device_find(h->session, NULL, &held, &err) < 0 ||
	    vprep_host_devices(h->session, &devices, &err) < 0)
		give_up("%s", err.message);
	check_one_owner(held);
	for (i = 0; i < devices->n; i++)
		check_device(h, &devices->items[i]);
	vprep_host_devices_free(devices);
	vprep_held_devices_free(held);
}

/* Who has what, without the numbers of requests and the times in journals. False: some
 * command has not ended well. */
static bool describe(struct host *h, char **ret)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	struct vprep_status *status;
	bool sound = true;
	size_t i, k;

	if (vprep_status(h->session, &status, &h->err) < 0)
		give_up("status: %s", h->err.message);
	vprep_buf_add(&buf, "");
	for (i = 0; i < status->n_owners; i++) {
		const struct vprep_status_owner *o = &status->owners[i];

		sound &= streq(o->state, "held");
		vprep_buf_addf(&buf, "%s %s %s\n", o->id, o->kind, o->state);
		for (k = 0; k < o->n_steps; k++)
			vprep_buf_addf(&buf, "%s: %s %s %s\n", o->id, o->steps[k].kind,
				       o->steps[k].device ? o->steps[k].device : "",
				       o->steps[k].state);
	}
	sound &= status->n_orphans == 0 && status->n_quarantined == 0;
	vprep_status_free(status);
	assert_int_equal(vprep_buf_take(&buf, ret), 0);
	return sound;
}

/* ---- a command ---- */

static const char *const words_of_faults[] = { "none", "write", "file", "kill",
					       "orphan" };
enum fault { NONE, WRITE, A_FILE, KILL, ORPHAN };

static unsigned fault_nth;

static int killed_work(struct host *h)
{
	mutations_kill(fault_nth);
	return life_do(h);
}

static enum fault choose_fault(bool calm)
{
	static const enum fault faults[] = { NONE,  NONE,   NONE, NONE,	 NONE,
					     WRITE, A_FILE, KILL, ORPHAN };
	unsigned i = life_random(sizeof(faults) / sizeof(*faults));

	fault_nth = 1 + life_random(life_random(2) ? 6 : 40);
	return calm ? NONE : faults[i];
}

static int do_with(struct host *h, enum fault fault)
{
	static const int errors[] = { EIO, EBUSY, ENOSPC };
	int error = errors[life_random(3)], r = 0;

	if (fault == WRITE)
		fake_fail(h->fake, "*", fault_nth, error);
	if (fault == ORPHAN)
		fake_die(h->fake, "*", fault_nth, FAKE_ORPHAN_AFTER);
	if (fault == A_FILE)
		mutations_fail(fault_nth, ENOSPC, 0);
	if (fault == KILL || fault == ORPHAN)
		host_is_killed(h, fault == KILL ? killed_work : life_do);
	else
		r = life_do(h);
	mutations_stop();
	fake_clear_faults(h->fake);
	return r;
}

static void check_error(const struct host *h, int r)
{
	if (h->err.code == VPREP_OK || !h->err.message[0])
		give_up("%d, and no message", r);
	if (r == -ENOMEM || r == -EBADMSG || strstr(h->err.message, "out of memory") ||
	    strstr(h->err.message, "(null)"))
		give_up("%d: %s", r, h->err.message);
}

/* Lines of journals differ by numbers and times. */
static void check_nothing_changed(const char *before, const char *after)
{
	_cleanup_free_ char *diff = fake_diff(before, after);
	char *line, *at = NULL;

	for (line = diff ? strtok_r(diff, "\n", &at) : NULL; line;
	     line = strtok_r(NULL, "\n", &at))
		if (!strstr(line, ".jsonl ") && !strstr(line, PUBLIC))
			give_up("it failed, and changed the host: %.300s", line);
}

static void check_recovered(struct host *h)
{
	_cleanup_free_ char *before = fake_snapshot(h->fake), *after = NULL, *diff = NULL;
	size_t n;

	if (host_recover(h, &n) < 0)
		give_up("the second recover: %s", h->err.message);
	after = fake_snapshot(h->fake);
	diff = fake_diff(before, after);
	if (n > 0 || diff)
		give_up("the second recover does something: %.300s", diff ? diff : "");
}

static void check_applied(struct host *h)
{
	size_t n;

	if (apply_with(h, true, &n) < 0 || n > 0)
		give_up("apply leaves %zu differences: %s", n, h->err.message);
}

static void step(struct host *h, bool calm)
{
	_cleanup_free_ char *before = fake_snapshot(h->fake), *after = NULL, *who = NULL,
			    *who_then = NULL;
	bool was_sound = describe(h, &who), is_sound;
	const char *what = life_choose(h);
	enum fault fault = choose_fault(calm);
	int expected = fault == NONE && was_sound && walk % 2 ? life_expect(h) : -1, r;

	tell("%s (fault: %s %u)", what, words_of_faults[fault], fault_nth);
	r = do_with(h, fault);
	tell("\t%d %s", r, r < 0 ? h->err.message : "");
	if (r < 0)
		check_error(h, r);
	is_sound = describe(h, &who_then);
	after = fake_snapshot(h->fake);
	if (r < 0 && h->err.code != VPREP_E_LEFT && was_sound &&
	    !(life_is_apply() && r == -ENODEV)) {
		check_nothing_changed(before, after);
		if (!streq(who, who_then))
			give_up("it failed; owners before:\n%safter:\n%s", who, who_then);
	}
	if (expected >= 0 && (expected == 0) != (r == 0))
		give_up("check has %d reasons against it", expected);
	if (life_is_recover() && fault == NONE && r == 0)
		check_recovered(h);
	if (life_is_apply() && fault == NONE && r == 0)
		check_applied(h);
	/* what is half-way is told in more than one way */
	if (is_sound && life_random(4) == 0)
		check_agreement(h);
}

static void live(struct host *h, unsigned number)
{
	unsigned i;

	walk = number;
	free(told);
	told = NULL;
	life_seed(number);
	for (i = 0; i < N_STEPS; i++) {
		if (number % 2 == 0 && life_random(4) == 0)
			tell("%s", life_meddle(h));
		step(h, number % 3 == 0);
	}
	tell("the end");
	life_end(h);
	if (!host_is_same(h))
		fputs(told, stderr);
	host_check_same(h);
}

static void all_that_is_done_can_be_given_back(void **state)
{
	const char *range = getenv("VPREP_LIFE");
	unsigned first = 1, last = 2;
	char *end;

	if (range) {
		first = (unsigned)strtoul(range, &end, 10);
		last = (unsigned)strtoul(end, NULL, 10);
	}
	for (; first <= last; first++)
		live(*state, first);
	free(told);
	told = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_that_is_done_can_be_given_back,
						life_setup, host_teardown),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
