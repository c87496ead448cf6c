/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Noting what a call does with each device, for a program that wants to know. */
#ifndef VPREP_SESSION_CHANGES_H
#define VPREP_SESSION_CHANGES_H

#include "session/transaction.h"

/* Where the program wants none, the calls below do nothing. */

/* After an attach: the claims and placeholders that it recorded, as attached. */
void vprep_changes_note_attached(const struct vprep_transaction *transaction);
/* The owner's claim of a device that it had before. @what: "kept" or "mended". */
void vprep_changes_note_held(const struct vprep_transaction *transaction,
			     const struct vprep_step *claim, const char *what);

/* Before giving back: which steps stand for something, one for each of the journal. NULL:
 * nobody wants to know, or out of memory. */
bool *vprep_changes_live(const struct vprep_transaction *transaction);
/* After it, however it ended: what of those @n that were @live is undone. */
void vprep_changes_note_given_back(const struct vprep_transaction *transaction,
				   const bool *live, size_t n);

/* Takes the reasons why a request was refused. */
void vprep_changes_note_refusal(struct vprep_session *session,
				struct vprep_reasons *reasons);

/* A device that is no owner's. */
void vprep_changes_note(struct vprep_session *session, const char *device,
			const char *what);
/* The file that declares one, or did. */
void vprep_changes_note_declared(struct vprep_session *session, const char *device,
				 const char *what, const char *file);
void vprep_changes_note_vfs(struct vprep_session *session, const char *pf, int was,
			    int now);

#endif
