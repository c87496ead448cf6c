/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making and removing virtual ports of fibre channel hosts (NPIV). */
#ifndef VPREP_SESSION_VPORT_H
#define VPREP_SESSION_VPORT_H

#include "model/vport.h"
#include "session/session.h"

/* Makes up those of the vport's own names that are not given. */
int vprep_vport_choose_names(struct vprep_vport_definition *d, struct vprep_error *err);

/* *@ret_host is the new SCSI host, "host9". As vprep_node_device_create() otherwise. */
int vprep_vport_create(struct vprep_session *session,
		       const struct vprep_vport_definition *definition, char **ret_host,
		       struct vprep_error *err);

/* Removes the vport whose own SCSI host that is; any other host is refused. */
int vprep_vport_destroy(struct vprep_session *session, const char *host,
			struct vprep_error *err);

#endif
