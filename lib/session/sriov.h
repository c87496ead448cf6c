/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of VFs: for a domain, or for good. */
#ifndef VPREP_VFS_H
#define VPREP_VFS_H

#include "session/session.h"
#include "xml/domain.h"

struct vprep_sriov_change {
	struct vprep_pci_address pf;
	unsigned count;
	bool at_least;	 /* more than that are as good */
	bool for_guests; /* new VFs get no driver of the host */
	bool force;	 /* VFs that the host uses are removed all the same */
};

/* The PF of any of its names. */
int vprep_sriov_find_pf(const struct vprep_session *session, const char *name,
			struct vprep_pci_address *ret, struct vprep_error *err);

/*
 * The claim and the step that make the change; none when it is so already. Under the
 * global lock. Refuses what vprep_numvfs() refuses.
 */
int vprep_sriov_plan(const struct vprep_transaction *t,
		     const struct vprep_sriov_change *change, struct vprep_steps *ret,
		     struct vprep_error *err);

/*
 * Makes the VFs that a domain's <vp:vfs> ask for, and that are not there. The global lock
 * is held before and after, not meanwhile. *@ret_first: the first step of that, for
 * vprep_exec_do() to finish together with the steps that follow, or the journal's
 * number of steps. On failure what was done is rolled back.
 */
int vprep_sriov_make(struct vprep_transaction *t, const struct vprep_domain *domain,
		     size_t *ret_first, struct vprep_error *err);

#endif
