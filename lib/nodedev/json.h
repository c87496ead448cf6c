/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Node devices in the shape that VDSM's hostdevListByCaps gives them. */
#ifndef VPREP_NODEDEV_JSON_H
#define VPREP_NODEDEV_JSON_H

#include "common/json.h"
#include "model/nodedev.h"

/* What VDSM gathers from the devices beneath a SCSI device; NULL: there is none. */
struct vprep_nodedev_family {
	const struct vprep_nodedev *storage;
	const struct vprep_nodedev *generic;
};

/* Adds "NAME": {"params": {…}} to @list. */
void vprep_nodedev_json(const struct vprep_nodedev *d,
			const struct vprep_nodedev_family *family,
			struct vprep_json list);

#endif
