/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The right device or none. A section [device ADDRESS] of the configuration may say what
 * the device there must be (`match`). When buses are numbered anew, another one may have
 * its address: that one is neither attached nor changed. The same is so of a device that
 * a domain has by a declared name, and that has this name no more.
 */
#ifndef VPREP_SESSION_IDENTITY_H
#define VPREP_SESSION_IDENTITY_H

#include "declared/declared.h"
#include "model/facts.h"
#include "session/session.h"

/*
 * 1: the device at that address, which is one of @devices, is not the one that the
 * configuration says, and *ret has the words, in @pool; 0; -ENOMEM, and what reading
 * gives.
 */
int vprep_identity_of(const struct vprep_session *session,
		      struct vprep_match_devices *devices,
		      struct vprep_pci_address address, struct vprep_pool *pool,
		      struct vprep_mismatch *ret);

/* Refuses it: -EPERM. */
int vprep_identity_check(const struct vprep_session *session,
			 struct vprep_pci_address address, struct vprep_error *err);

/* Notes it in the facts, of all that is asked for, and of parents of mediated devices.
 * @declared NULL: nothing is asked for by a declared name. */
int vprep_identity_note(struct vprep_session *session,
			const struct vprep_declared *declared, struct vprep_facts *facts,
			struct vprep_error *err);

#endif
