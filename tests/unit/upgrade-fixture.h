/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The works of which version 0.1.0 left a journal, each to be done on a fake host. */
#ifndef VPREP_TESTS_UNIT_UPGRADE_FIXTURE_H
#define VPREP_TESTS_UNIT_UPGRADE_FIXTURE_H

#include "session-fixture.h"

struct old_journal {
	const char *name; /* NAME.jsonl in the data */
	const char *file; /* its name on the host */
	void (*make)(struct host *h);
	const char *owner, *kind, *state, *devices; /* as status tells them */
	host_work back;	   /* gives all of it back; NULL: recover does */
	const char *stays; /* what all the lines are about that differ afterwards */
	bool torn;	   /* its last line has no end */
};

extern const struct old_journal old_journals[];
extern const size_t n_old_journals;

#endif
