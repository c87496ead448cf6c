/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of others, made fit for a terminal, a log or a shell. */
#ifndef VPREP_COMMON_QUOTE_H
#define VPREP_COMMON_QUOTE_H

struct vprep_quoted {
	char text[61];
};

/* Everything but printable ASCII becomes '?', and what is longer than 60 is cut. */
struct vprep_quoted vprep_quote(const char *word);

/* @s as one word of a shell's command line: people paste what a fix says. The caller
 * frees it; NULL: out of memory. */
char *vprep_shell_word(const char *s);

#endif
