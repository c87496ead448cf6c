/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of VFs: for a domain, or for good. */
#ifndef VPREP_SESSION_SRIOV_H
#define VPREP_SESSION_SRIOV_H

#include "session/transaction.h"
#include "xml/domain.h"

struct vprep_sriov_change {
	struct vprep_pci_address pf;
	unsigned count;
	bool at_least;	 /* a PF that has more VFs is left as it is */
	bool for_guests; /* new VFs get no driver of the host */
	bool force;	 /* VFs that the host uses are removed all the same */
};

/* Finds a PF by any of its names. */
int vprep_sriov_find_pf(const struct vprep_session *session, const char *name,
			struct vprep_pci_address *ret, struct vprep_error *err);

/*
 * Adds the claim and the step that make the change; none when it is so already. Refuses
 * what vprep_numvfs() refuses.
 */
int vprep_sriov_plan(const struct vprep_transaction *transaction,
		     const struct vprep_store *locked,
		     const struct vprep_sriov_change *change, struct vprep_steps *ret,
		     struct vprep_error *err);

/* The same for the VFs that a domain's <vp:vfs> ask for, and that are not there. */
int vprep_sriov_plan_domain(const struct vprep_transaction *transaction,
			    const struct vprep_store *locked,
			    const struct vprep_domain *domain, struct vprep_steps *ret,
			    struct vprep_error *err);

#endif
