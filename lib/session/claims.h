/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What journals say about the devices of a survey. */
#ifndef VPREP_CLAIMS_H
#define VPREP_CLAIMS_H

#include "journal/journal.h"
#include "model/facts.h"

/* Notes in the survey what the journal holds of its groups; @mine: it is the asker's own.
 */
int vprep_claims_note(struct vprep_facts *facts, const struct vprep_journal *journal,
		      bool mine);

#endif
