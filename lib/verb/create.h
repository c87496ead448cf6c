/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Node devices that are made, also as declared ones, which apply makes at each boot. */
#ifndef VPREP_VERB_CREATE_H
#define VPREP_VERB_CREATE_H

#include "session/session.h"
#include "xml/nodedev-create.h"

/* The parent of a mediated device by the kernel's name in place of any of its names. */
int vprep_create_find_mdev_parent(const struct vprep_session *session, char **parent,
				  struct vprep_error *err);
/* That of a vport, if one is named, in the definition of the vport. */
int vprep_create_find_vport_parent(const struct vprep_session *session,
				   struct vprep_nodedev_definition *definition,
				   struct vprep_error *err);
/* As list names what was made: "mdev_UUID_PARENT", or "pci_…" of a function that is the
 * vGPU. Freed with free(). */
int vprep_create_name(const struct vprep_session *session, const char *made, char **ret,
		      struct vprep_error *err);

/* Makes the device that apply's record claims by that name as it is declared, and nothing
 * else that is declared. */
int vprep_create_as_declared(struct vprep_session *session, const char *claim,
			     struct vprep_error *err);
/* Where declarations of our own are; NULL with the error: there is no such folder. */
const char *vprep_create_declared_folder(const struct vprep_session *session,
					 struct vprep_error *err);

#endif
