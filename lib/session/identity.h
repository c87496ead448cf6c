/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The right device or none. A section [device ADDRESS] of the configuration may say what
 * the device there must be (`match`). When buses are numbered anew, another one may have
 * its address: that one is neither attached nor changed.
 */
#ifndef VPREP_SESSION_IDENTITY_H
#define VPREP_SESSION_IDENTITY_H

#include "declared/match.h"
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

/* Adds what a device is, in these words: "vendor=8086 serial=00-11". -ENOMEM, and what
 * reading gives. */
int vprep_identity_describe(struct vprep_match_devices *devices,
			    struct vprep_match_device *device,
			    const bool wanted[VPREP_MATCH_KEYS], struct vprep_buf *to);

/* Refuses it: -EPERM. */
int vprep_identity_check(const struct vprep_session *session,
			 struct vprep_pci_address address, struct vprep_error *err);

/* Notes it in the facts, of all that is asked for, and of parents of mediated devices. */
int vprep_identity_note(const struct vprep_session *session, struct vprep_facts *facts,
			struct vprep_error *err);

#endif
