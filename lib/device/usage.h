/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be known of devices, once they are found, to start a guest with them. */
#ifndef VPREP_HOST_USAGE_H
#define VPREP_HOST_USAGE_H

#include "io/io.h"
#include "model/request.h"
#include "model/target.h"
#include "model/usage.h"

/*
 * @requests (NULL: none) is where the targets came from, if from a domain: it tells a
 * disk from a controller. The devices need not be attached; what only an attached one has
 * is absent then, and of an mdev that is still to be made, its group. -ENODEV one has
 * none, or has gone meanwhile.
 */
int vprep_usages_read(const struct vprep_io *io, const struct vprep_targets *targets,
		      const struct vprep_device_requests *requests,
		      struct vprep_usages *ret);

#endif
