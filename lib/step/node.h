/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two kinds of steps that give a node away have in common. */
#ifndef VPREP_STEP_NODE_H
#define VPREP_STEP_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "model/facts.h"
#include "plan/plan.h"
#include "step/context.h"

struct vprep_node_facts {
	char *node; /* below /dev; not of a cdev, which is found by its device */
	int64_t uid, gid, mode;
	int64_t was_uid, was_gid, was_mode; /* of a node that was there before */
	int64_t no_proof; /* 1: the kernel is only asked whether the group is viable */
};

/* Its table begins with the node. */
#define VPREP_NODE_N_FACTS 8
extern const struct vprep_fact vprep_node_fact_table[VPREP_NODE_N_FACTS];

extern const struct vprep_step_kind vprep_step_node_permission,
	vprep_step_cdev_permission;

/* @path: NULL for a node that the step finds by its device. */
void vprep_node_plan(struct vprep_planning *p, const char *path,
		     const struct vprep_node_state *state);

/* @name: of the node. */
char *vprep_node_describe(const struct vprep_node_facts *facts, const char *name);
/* @otherwise: what a node goes with that was not there before. */
char *vprep_node_describe_undo(const struct vprep_node_facts *facts,
			       const char *otherwise);

/* Gives a node to the step's user, and proves it; @device is for the message. */
int vprep_node_give(const struct vprep_step_context *context,
		    const struct vprep_node_facts *facts, const char *node,
		    const char *device, struct vprep_error *err);
/* Tells of a node that is not there, or another user's. */
int vprep_node_compare(const struct vprep_io *io, const struct vprep_node_facts *facts,
		       const char *node, struct vprep_drift *drift);
bool vprep_node_stat_is(const struct stat *st, int64_t uid, int64_t gid, int64_t mode);
/* The node as it is when no event is left that udevd began before it read its rules. */
int vprep_node_stat_at_rest(const struct vprep_step_context *context, const char *node,
			    struct stat *ret);

/* Makes sure of the node where another rule, @rival, may win over ours: an event of its
 * device must leave the node as it is now, and one is caused. */
int vprep_node_make_sure(const struct vprep_step_context *context,
			 const struct vprep_step *step, const char *node,
			 const char *rival, struct vprep_error *err);
/* Calls @make_sure for each step of the kind that has a rival, where udevd runs. */
int vprep_node_settle(const struct vprep_step_context *context, size_t first,
		      const struct vprep_step_kind *kind,
		      int (*make_sure)(const struct vprep_step_context *context,
				       const struct vprep_step *step, const char *rival,
				       struct vprep_error *err),
		      struct vprep_error *err);
int vprep_node_take_back(const struct vprep_step_context *context,
			 const struct vprep_node_facts *facts, const char *node,
			 const char *device, struct vprep_error *err);

#endif
