/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What journals say about the devices of a request. */
#ifndef VPREP_SESSION_CLAIMS_H
#define VPREP_SESSION_CLAIMS_H

#include "journal/owners.h"
#include "model/facts.h"
#include "session/session.h"

/* Notes in the facts what the owners hold of them; @id is the owner who asks. -EPERM: the
 * journal of one cannot be read. */
int vprep_claims_note(const struct vprep_session *session, struct vprep_facts *facts,
		      const struct vprep_owners *owners, const char *id,
		      struct vprep_error *err);

#endif
