/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What everybody may know of the owners: /run/vfio-prep/public/<escaped id>.jsonl, in the
 * form of a journal. It has the owner's kind, name and uuid, its devices, and what they
 * were bound to and given to; no process, and nothing that a rule or a driver was told.
 *
 * I1  A device is named there before a journal claims it, and until the claim is gone:
 *     who may read no journal never takes one for free that somebody has. A crash may
 *     leave more there than is true; recover puts that right.
 * I2  It is written under the global lock, and read only by those who may not read
 *     journals: whatever becomes of it, no command acts on it.
 */
#ifndef VPREP_JOURNAL_PUBLIC_H
#define VPREP_JOURNAL_PUBLIC_H

#include "journal/owners.h"

/* Under the global lock: vprep_journal_begin(), after what the steps are about is public.
 * Errors as there, and -errno where that cannot be written. */
int vprep_public_begin(const struct vprep_store *store, struct vprep_journal *journal,
		       struct vprep_steps *steps);

/* Writes what the journal's live steps, and these @more (may be NULL), are about. */
int vprep_public_write(const struct vprep_store *store, struct vprep_journal *journal,
		       const struct vprep_steps *more);
/* Of the owner with this journal file; none is no error. */
int vprep_public_remove(const struct vprep_store *store, const char *file);
/* All but those of these journal files; NULL: all. */
void vprep_public_remove_but(const struct vprep_store *store, char *const *keeps);
/* All, and the folder: there is no owner. */
void vprep_public_remove_all(const struct vprep_store *store);

/* For recover, under the global lock: writes anew what a crash left that is not true of
 * these owners, and removes what belongs to none. */
void vprep_public_put_right(const struct vprep_store *store,
			    const struct vprep_owners *owners);

#endif
