/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that are killed at each write below /sys and each change of a file. */
#ifndef VPREP_TESTS_UNIT_CRASH_FIXTURE_H
#define VPREP_TESTS_UNIT_CRASH_FIXTURE_H

#include "session-fixture.h"

/* What the works and states below are about. */
extern const char *crash_names;

/* Works. */
int crash_attach(struct host *h);
int crash_detach(struct host *h);
int crash_recover(struct host *h);

/* States before it. */
void crash_nothing(struct host *h);
void crash_be_attached(struct host *h);
/* A release was killed when it had unbound the first device. */
void crash_be_half_detached(struct host *h);

/* A release failed, as the kernel did not let the first device go. */
void crash_be_left(struct host *h);

/* For each point, perhaps beside an owner "zz" whose journal is damaged: prepares, has
 * @work killed there, recovers; the host must be as it was before the attach. For one
 * device also within appends to the journal. */
void crash_everywhere(struct host *h, void (*prepare)(struct host *), host_work work);
/* Kills @work at the @nth change of a file. True: it was killed there. */
bool crash_at_change(struct host *h, host_work work, unsigned nth);

#endif
