/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that make a virtual port of a fibre channel host (NPIV), and what must be so
 * before one is removed. */
#ifndef VPREP_SESSION_VPORT_PLAN_H
#define VPREP_SESSION_VPORT_PLAN_H

#include "journal/owners.h"
#include "model/vport.h"
#include "session/transaction.h"

/* 1: there is a host that makes vports and fits, with room or without; 0: there is none.
 * -errno. */
int vprep_vport_has_host(const struct vprep_io *io,
			 const struct vprep_vport_definition *definition);

/* Adds its claim and the step that makes it, on the first host of those asked for that
 * has room. Both names of the definition are given. -EOPNOTSUPP, -ENODEV, -ENOSPC, -EPERM
 * where the host is denied, -EEXIST where the name is taken, -EBUSY where a vport of that
 * name is still being given back. */
int vprep_vport_plan(const struct vprep_transaction *transaction,
		     const struct vprep_store *locked,
		     const struct vprep_vport_definition *definition,
		     struct vprep_steps *ret, struct vprep_error *err);

/* Adds the step alone. -ENOMEM. */
int vprep_vport_add_step(struct vprep_steps *steps, const char *device,
			 const char *parent, uint64_t wwpn, uint64_t wwnn,
			 struct vprep_step **ret);

/* -EBUSY: a device of the vport's own SCSI host, "host9", belongs to an owner or is in
 * use by this computer. */
int vprep_vport_check_unused(const struct vprep_session *session,
			     const struct vprep_owners *owners, const char *host,
			     struct vprep_error *err);

#endif
