/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the metadata of a domain may decide. Whoever may define a domain is not always who
 * may say how this host gives devices away, so that the metadata
 *
 * I1  makes the group policy stricter, and never less strict;
 * I2  gives nodes to the configured user, or to one that `metadata-users` lists;
 * I3  never changes what the administrator says of a mediated device (see
 *     mdev-definition.h).
 *
 * All else in it asks for something, as <hostdev> does, and is checked like it.
 */
#ifndef VPREP_SESSION_METADATA_H
#define VPREP_SESSION_METADATA_H

#include "session/node-owner.h"
#include "xml/domain.h"

/* Whom the nodes of a domain are given to. -EPERM its metadata may not say so; others as
 * vprep_node_owner_find(). */
int vprep_metadata_owner(const struct vprep_domain *domain,
			 const struct vprep_config *config, struct vprep_node_owner *ret,
			 struct vprep_error *err);

/* The policy for its groups. -EPERM its metadata may not say so. */
int vprep_metadata_policy(const struct vprep_domain *domain,
			  const struct vprep_config *config, enum vprep_group_policy *ret,
			  struct vprep_error *err);

#endif
