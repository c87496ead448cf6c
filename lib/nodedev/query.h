/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program asks of node devices: the verbs that list and show them. */
#ifndef VPREP_NODEDEV_QUERY_H
#define VPREP_NODEDEV_QUERY_H

#include "common/json.h"
#include "io/pciids.h"
#include "nodedev/nodedev.h"
#include "vfio-prep.h"

/* What is asked for, checked, and the devices among which it is. */
struct vprep_nodedev_query {
	/* What vfio-prep makes, of the caller; NULL: only what others define is known. */
	const struct vprep_declared *declared;
	const struct vprep_io *io;
	uint32_t caps;
	unsigned states; /* of devices that are asked for */
	const char *bus;
	bool parents;
	struct vprep_nodedev_index *index;
	struct vprep_pciids *names; /* NULL until needed */
};

/* @filter may be NULL: all that there are. The first member of @q is set. With @parents
 * all devices are looked at, as any may be a parent. */
int vprep_nodedev_query_begin(struct vprep_nodedev_query *q, const struct vprep_io *io,
			      const struct vprep_node_filter *filter, bool parents,
			      struct vprep_error *err);
/* The same for one device, by any of its names; it may be inactive. */
int vprep_nodedev_query_find(struct vprep_nodedev_query *q, const struct vprep_io *io,
			     const char *name, const struct vprep_nodedev_entry **ret,
			     struct vprep_error *err);
void vprep_nodedev_query_done(struct vprep_nodedev_query *q);

/* 1: the device is asked for. -ENOMEM. */
int vprep_nodedev_query_match(const struct vprep_nodedev_query *q,
			      const struct vprep_nodedev_entry *e);
/* All about one device; *@ret is freed with free(). -ENODEV: it is gone; -ENOMEM. */
int vprep_nodedev_query_describe(struct vprep_nodedev_query *q,
				 const struct vprep_nodedev_entry *e,
				 enum vprep_node_format format, char **ret);
/* The same in JSON, added to an object, in the shape of VDSM's hostdevListByCaps. */
int vprep_nodedev_query_json(struct vprep_nodedev_query *q,
			     const struct vprep_nodedev_entry *e, struct vprep_json to);

/* What it is, in a few words for people, in the pool: "Intel 82576 Virtual Function".
 * *@ret is NULL when there are none. -ENODEV: it is gone; -ENOMEM. */
int vprep_nodedev_query_brief(struct vprep_nodedev_query *q,
			      const struct vprep_nodedev_entry *e,
			      struct vprep_pool *pool, const char **ret);

/* The devices that are asked for, or @only that one when it is not NULL; freed with
 * vprep_pool_result_free(). -ENOMEM. */
int vprep_nodedev_query_list(const struct vprep_nodedev_query *q,
			     const struct vprep_nodedev_entry *only,
			     struct vprep_node_devices **ret);

#endif
