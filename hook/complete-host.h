/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the completion of command lines: what the words of the line have told so far,
 * and what of the host fits. */
#ifndef VPREP_HOOK_COMPLETE_HOST_H
#define VPREP_HOOK_COMPLETE_HOST_H

#include <stdio.h>

#include "verb.h"

struct vprep_completing {
	FILE *to;
	const char *const *words; /* before the current one */
	size_t n;
	const char *current; /* behind the =, where there is one */
	const char *before;  /* what the shell has of the same word in front of that */
	size_t before_len;
	const struct vprep_verb *verb;
	size_t verb_at;
	size_t n_names; /* behind the verb, before the current word */
	const char *first_name;
	const char *values[VPREP_OPT_END]; /* as far as they were given */
	struct vprep_session *session;	   /* NULL: not opened yet */
};

/* Offers a word if it fits; @what, which may be NULL, is what it is. */
void vprep_complete_offer(const struct vprep_completing *c, const char *word,
			  const char *what);
/* The same of several with blanks between them. */
void vprep_complete_offer_words(const struct vprep_completing *c, const char *words);

void vprep_complete_owners(struct vprep_completing *c);
void vprep_complete_domains(struct vprep_completing *c);
void vprep_complete_damaged(struct vprep_completing *c);
void vprep_complete_held(struct vprep_completing *c);
void vprep_complete_nodes(struct vprep_completing *c);
void vprep_complete_made(struct vprep_completing *c);
void vprep_complete_devices(struct vprep_completing *c);
void vprep_complete_groups(struct vprep_completing *c);
void vprep_complete_pools(struct vprep_completing *c);
void vprep_complete_pfs(struct vprep_completing *c);
void vprep_complete_types(struct vprep_completing *c);
void vprep_complete_parents(struct vprep_completing *c);
void vprep_complete_mdev_words(struct vprep_completing *c);
void vprep_complete_list_words(struct vprep_completing *c);

#endif
