/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node device that is to be made, in libvirt's XML. */
#ifndef VPREP_XML_NODEDEV_CREATE_H
#define VPREP_XML_NODEDEV_CREATE_H

#include "vfio-prep.h"
#include "model/nodedev.h"
#include "model/uuid.h"
#include "model/vport.h"

struct vprep_nodedev_definition {
	enum vprep_cap cap; /* VPREP_CAP_MDEV or VPREP_CAP_SCSI_HOST, a vport */
	char *parent;	    /* a node device's name; NULL: none is given */

	char *type; /* of an mdev */
	bool has_uuid;
	struct vprep_uuid uuid;

	struct vprep_vport_definition vport; /* without its parent's name */
};

/* -EINVAL: not such a document; what else vprep_xml_read() returns. */
int vprep_nodedev_definition_parse(const char *text, size_t len,
				   struct vprep_nodedev_definition *ret,
				   struct vprep_error *err);
void vprep_nodedev_definition_done(struct vprep_nodedev_definition *definition);

#endif
