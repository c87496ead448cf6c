// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The node of one device. Its number is the kernel's choice at the bind, so that a step
 * does not name it: it is looked up by its device, when it is given and when it is taken
 * back. That works after a crash, too. Nobody waits for udevd's event of the node: the
 * rule is written before the node appears.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "host/cdev.h"
#include "step/node.h"

static void plan_cdev(struct vprep_planning *p, const struct vprep_node_state *cdev)
{
	vprep_node_plan(p, NULL, cdev);
}

static char *describe(const struct vprep_step *step)
{
	return vprep_node_describe(step->facts, "its node in /dev/vfio/devices");
}

static char *describe_undo(const struct vprep_step *step)
{
	return vprep_node_describe_undo(step->facts, "the device");
}

/* Does @work with the node, if there is one. */
static int
with_node(const struct vprep_step_context *context, const struct vprep_step *step,
	  int (*work)(const struct vprep_step_context *, const struct vprep_node_facts *,
		      const char *, const char *, struct vprep_error *),
	  struct vprep_error *err)
{
	_cleanup_free_ char *node = NULL;
	int r = vprep_cdev_find(context->io, step->device, &node);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot look for the VFIO node of %s: %s",
				       step->device, strerror(-r));
	return node ? work(context, step->facts, node, step->device, err) : 0;
}

static int give(const struct vprep_step_context *context, const struct vprep_step *step,
		struct vprep_error *err)
{
	return with_node(context, step, vprep_node_give, err);
}

static int take_back(const struct vprep_step_context *context,
		     const struct vprep_step *step, struct vprep_error *err)
{
	return with_node(context, step, vprep_node_take_back, err);
}

/* That a device has none any more is said of its driver. */
static int compare(const struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_drift *drift)
{
	_cleanup_free_ char *node = NULL;
	int r = vprep_cdev_find(io, step->device, &node);

	return r < 0 || !node ? r : vprep_node_compare(io, step->facts, node, drift);
}

static int make_sure(const struct vprep_step_context *context,
		     const struct vprep_step *step, const char *rival,
		     struct vprep_error *err)
{
	_cleanup_free_ char *node = NULL;
	int r = vprep_cdev_find(context->io, step->device, &node);

	return r == 0 && node ? vprep_node_make_sure(context, step, node, rival, err) : 0;
}

static int settle(const struct vprep_step_context *context, size_t first,
		  struct vprep_error *err)
{
	return vprep_node_settle(context, first, &vprep_step_cdev_permission, make_sure,
				 err);
}

const struct vprep_step_kind vprep_step_cdev_permission = {
	.name = "cdev-permission",
	.is_for_guest = true,
	.gives_own_node = true,
	/* all facts of a node but the node itself */
	.facts = vprep_node_fact_table + 1,
	.n_facts = VPREP_NODE_N_FACTS - 1,
	.facts_size = sizeof(struct vprep_node_facts),
	.plan_cdev = plan_cdev,
	.describe = describe,
	.describe_undo = describe_undo,
	.parent_do = give,
	.parent_undo = take_back,
	.compare = compare,
	.settle = settle,
};
