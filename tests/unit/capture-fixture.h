/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host of node devices, and the folder that it is captured into. */
#ifndef VPREP_TESTS_CAPTURE_FIXTURE_H
#define VPREP_TESTS_CAPTURE_FIXTURE_H

#include "nodedev-fixture.h"
#include "test.h"

struct capture {
	struct nodedev_host *host;
	char dir[sizeof(((struct tree *)0)->dir) + 16];
	struct vprep_session *session; /* on the capture */
};

/* A host without devices yet; whoever has added them freezes its tree. */
struct capture *capture_new(void);
int capture_teardown(void **state);

/* Captures the host, and opens a session on what came of it. */
void capture(struct capture *c, bool identifying);

#endif
