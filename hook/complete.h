/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may stand at the cursor of a command line: what the completions of bash, zsh and
 *fish ask for, so that there is one list of verbs and options, which is the program's
 *own.
 *
 *	vfio-prep complete WORD...
 *
 * The words are those behind the command's name, up to the cursor; the last one, which
 *may be empty, is the one to complete. The answer is a line for each word that fits: the
 *word, a tab, and what it is. A line that begins with a colon asks the shell for what it
 *knows best:
 * ":files", ":folders", ":users", ":variables", and ":command N", a command whose words
 *begin with the Nth of those given.
 *
 * I1  Nothing is changed, and no device is opened.
 * I2  What cannot be looked at, for want of a right or of the host's help, is not
 *offered.
 */
#ifndef VPREP_HOOK_COMPLETE_H
#define VPREP_HOOK_COMPLETE_H

#include "out.h"

/* @words is NULL-terminated. */
void vprep_complete(const char *const *words, struct vprep_out *out);

#endif
