/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands by chance: which ones a walk does, and on which host. */
#ifndef VPREP_TESTS_UNIT_LIFE_DEEDS_H
#define VPREP_TESTS_UNIT_LIFE_DEEDS_H

#include "session-fixture.h"

/* The host has a card with VFs, a disk that guests can share, and parents of mdevs. */
int life_setup(void **state);

/* What follows depends on this number alone. */
void life_seed(unsigned seed);
/* From 0 to @n - 1. */
unsigned life_random(unsigned n);

/* Chooses the next command; returns what it does, in words. Static. */
const char *life_choose(struct host *h);
/* Does it. */
int life_do(struct host *h);
/* How many reasons against an attach the verb check has; -1: it is no attach. */
int life_expect(struct host *h);
/* Whether it is that command. */
bool life_is_apply(void);
bool life_is_recover(void);
/* Somebody else does something to a device; in words. Static. */
const char *life_meddle(struct host *h);
/* Gives all back as their owners would, and declares nothing. */
void life_end(struct host *h);

#endif
