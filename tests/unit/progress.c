// SPDX-License-Identifier: GPL-2.0-or-later
/* What a session tells of a change while it goes on. */
#include "common/str.h"
#include "session-fixture.h"
#include "test.h"

#define LONG_MS 150

/* What was told of the binding of drivers. */
struct seen {
	struct host *h;
	unsigned n;
	unsigned done, total; /* of the last time */
	bool undoes;
	bool has_gone_back;
	bool was_named; /* the device that is held, as the slowest */
};

static void note(void *data, const struct vprep_progress *p)
{
	struct seen *seen = data;

	if (!streq(p->work, "driver-bind"))
		return;
	assert_true(p->done <= p->total);
	assert_int_equal(p->done < p->total, p->device != NULL);
	seen->has_gone_back |= seen->n > 0 && p->done < seen->done;
	seen->n++;
	seen->done = p->done;
	seen->total = p->total;
	seen->undoes = p->undoes;
	if (p->device && streq(p->device, VF2) && p->milliseconds >= LONG_MS) {
		seen->was_named = true;
		fake_release(seen->h->fake, VF2);
	}
}

static void each_device_that_is_done_counts(void **state)
{
	struct host *h = *state;
	struct seen there = { .h = h }, back = { .h = h };

	vprep_session_set_progress(h->session, note, &there);
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_true(there.n >= 2);
	assert_int_equal(there.total, 2);
	assert_int_equal(there.done, 2);
	assert_false(there.undoes || there.has_gone_back);

	vprep_session_set_progress(h->session, note, &back);
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(back.total, 2);
	assert_int_equal(back.done, 2);
	assert_true(back.undoes);
	assert_false(back.has_gone_back);
}

static void the_device_that_takes_longest_is_named(void **state)
{
	struct host *h = *state;
	struct seen seen = { .h = h };

	fake_hold(h->fake, VF2);
	vprep_session_set_progress(h->session, note, &seen);
	assert_int_equal(host_attach(h, VF " " VF2), 0);
	assert_true(seen.was_named);
	assert_int_equal(host_detach(h, NULL), 0);
}

static void who_does_not_ask_is_told_nothing(void **state)
{
	struct host *h = *state;
	struct seen seen = { .h = h };

	vprep_session_set_progress(h->session, note, &seen);
	vprep_session_set_progress(h->session, NULL, NULL);
	assert_int_equal(host_attach(h, VF), 0);
	assert_int_equal(host_detach(h, NULL), 0);
	assert_int_equal(seen.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(each_device_that_is_done_counts),
		HOST_TEST(the_device_that_takes_longest_is_named),
		HOST_TEST(who_does_not_ask_is_told_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
