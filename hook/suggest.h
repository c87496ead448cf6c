/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guesses which word was meant by one that is not known. */
#ifndef VPREP_HOOK_SUGGEST_H
#define VPREP_HOOK_SUGGEST_H

/* The word of the list, which ends with NULL, that @word was most likely meant to be;
 * NULL if there is none. */
const char *vprep_suggest(const char *word, const char *const *words);

#endif
