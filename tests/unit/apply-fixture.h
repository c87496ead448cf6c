/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host of the session's fixture with what is declared for it. */
#ifndef VPREP_TESTS_UNIT_APPLY_FIXTURE_H
#define VPREP_TESTS_UNIT_APPLY_FIXTURE_H

#include "session-fixture.h"

/* Remembers the host without declarations, and then declares that. */
void apply_begin(struct host *h, const char *text);
/* Declares just that; "" is nothing. */
void apply_declare(struct host *h, const char *text);
/* A host where nothing is declared any more is as if nothing ever had been. */
void apply_undeclare(struct host *h);

/* @ret_n: how many differences there were; may be NULL. */
int apply_with(struct host *h, bool check, size_t *ret_n);
int apply_now(struct host *h);
/* Succeeds, and all is as declared then. */
void apply_must(struct host *h);
/* One difference, of that device and in those words. */
void apply_check_differs(struct host *h, const char *device, const char *what);
/* What is exported is what the host is, and declared instead. */
void apply_exported(struct host *h, char **ret_text);

#endif
