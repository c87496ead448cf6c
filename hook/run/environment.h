/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The environment of a command that runs as another user than the caller. */
#ifndef VPREP_HOOK_RUN_ENVIRONMENT_H
#define VPREP_HOOK_RUN_ENVIRONMENT_H

#include <stdbool.h>
#include <sys/types.h>

/* "NAME,NAME": whether all are names of variables. */
bool vprep_environment_are_names(const char *names);

/* "NAME=VALUE" words, NULL at the end: what is about the user (HOME, USER, LOGNAME,
 * SHELL), a PATH of the system's folders, TERM and LANG* of the caller, and those of his
 * variables that @keep names (may be NULL). NULL: out of memory. vprep_strv_free(). */
char **vprep_environment_new(uid_t uid, const char *keep);

/* The PATH that it has with that @keep. */
const char *vprep_environment_path(const char *keep);

#endif
