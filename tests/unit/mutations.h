/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults in a process's own changes of files (the journal, rule files, nodes). The C
 * library's functions are replaced; what the fake kernel does in children is not counted.
 */
#ifndef VPREP_TESTS_UNIT_MUTATIONS_H
#define VPREP_TESTS_UNIT_MUTATIONS_H

#include <stdbool.h>

/* Whether the file system is one in memory; at first it is not. */
void mutations_set_in_memory(bool now);
/* From now on the @nth (from 1) change that this process makes kills it first. */
void mutations_kill(unsigned nth);
/* It is killed in the middle of the @nth append to a journal. */
void mutations_kill_torn(unsigned nth);
/* The @nth fails with @number; with @all, each from there on. */
void mutations_fail(unsigned nth, int number, int all);
/* Ends that; returns how many changes there were. */
unsigned mutations_stop(void);

#endif
