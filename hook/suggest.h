/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Did you mean …?" */
#ifndef VPREP_HOOK_NEAR_H
#define VPREP_HOOK_NEAR_H

/* The word of the NULL-ended list that @word was most likely meant to be; or NULL. */
const char *vprep_suggest(const char *word, const char *const *words);

#endif
