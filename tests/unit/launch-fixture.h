/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session whose devices are for processes. */
#ifndef VPREP_TESTS_UNIT_LAUNCH_FIXTURE_H
#define VPREP_TESTS_UNIT_LAUNCH_FIXTURE_H

#include "session-fixture.h"

/* This process is on the fake host. */
int launch_setup(void **state);

#define LAUNCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, launch_setup, host_teardown)

int launch_attach(struct host *h, const char *names, const char *owner, int pid);
/* Of the device, or of the request's domain; it must succeed. */
struct vprep_launch *launch_as(struct host *h, struct vprep_request request,
			       const char *name);
struct vprep_launch *launch_of(struct host *h, const char *name);

#endif
