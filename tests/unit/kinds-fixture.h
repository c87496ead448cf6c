/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that have, all together, steps of every kind; put to a test at every point. */
#ifndef VPREP_TESTS_UNIT_KINDS_FIXTURE_H
#define VPREP_TESTS_UNIT_KINDS_FIXTURE_H

#include "session-fixture.h"

int kinds_setup(void **state);

#define KINDS_TEST(fn) cmocka_unit_test_setup_teardown(fn, kinds_setup, host_teardown)

/* Of a domain with most of them. */
int kinds_prepare(struct host *h);
int kinds_release(struct host *h);
int kinds_nothing(struct host *h);

/* What is done before, what is put to the test, and what takes that back. */
struct kinds_deed {
	const char *name;
	host_work before, work, back;
};

/* The one that is under test, and where. */
extern const struct kinds_deed *kinds_deed;
extern unsigned kinds_nth;

void kinds_must_do(struct host *h, host_work work);
/* The host is as it is after the work under test, but for the journals' text. */
void kinds_check_done(struct host *h);
/* For each deed and point: has @meet do the work and fail it there, recovers; the host
 * must be as it was before, or be so when the work is taken back. Ends for a deed when
 * @meet did not come to the point. */
void kinds_sweep(struct host *h, bool (*meet)(struct host *h));

#endif
