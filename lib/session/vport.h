/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making and removing virtual ports of fibre channel hosts (NPIV). */
#ifndef VPREP_SESSION_VPORT_H
#define VPREP_SESSION_VPORT_H

#include "session/session.h"
#include "xml/nodedev-create.h"

/* The definition's parent is the kernel's name of the host. *@ret_host is the new SCSI
 * host, "host9". As vprep_node_device_create() otherwise. */
int vprep_vport_create(struct vprep_session *session,
		       const struct vprep_nodedev_definition *definition, char **ret_host,
		       struct vprep_error *err);

/* Removes the vport whose own SCSI host that is; any other host is refused. */
int vprep_vport_destroy(struct vprep_session *session, const char *host,
			struct vprep_error *err);

#endif
