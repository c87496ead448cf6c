/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One group or one node, as the host has it. */
#ifndef VPREP_DEVICE_FACTS_GROUP_H
#define VPREP_DEVICE_FACTS_GROUP_H

#include "host/udev-rules.h"
#include "io/io.h"
#include "model/facts.h"

/* Where the rule files of ours are, and what else the host has. */
struct vprep_facts_rules {
	int dir; /* -1: it cannot be opened */
	struct vprep_udev_rules *others;
};

/* Its members with their drivers judged, its reserved regions, node and rule file.
 * @before: a group that was read before, or NULL. On failure the caller's *ret may be
 * filled in part: it belongs to the facts all the same.
 */
int vprep_facts_group_read(const struct vprep_io *io,
			   const struct vprep_facts_rules *rules, unsigned number,
			   const struct vprep_facts_group *before,
			   struct vprep_pool *pool, struct vprep_facts_group *ret);

/* The node and the rule file of a device without an IOMMU group. */
int vprep_facts_node_read(const struct vprep_io *io,
			  const struct vprep_facts_rules *rules, struct vprep_pool *pool,
			  struct vprep_device *device);

/* VFIO's node for the device alone, and its rule file. */
int vprep_facts_cdev_read(const struct vprep_io *io,
			  const struct vprep_facts_rules *rules, struct vprep_pool *pool,
			  struct vprep_device *device);

#endif
