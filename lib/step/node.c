// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A group's node and its owner. The kernel has made the node when the bind returns: owner
 * and mode are set at once, and read back. udevd has read the rule before, and agrees
 * whenever it comes to an event of the node; nobody waits for that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "plan/plan.h"
#include "step/context.h"
#include "step/group-proof.h"
#include "step/node.h"
#include "step/orphan.h"

#define GROUP_FOLDER "vfio/"

const struct vprep_fact vprep_node_fact_table[VPREP_NODE_N_FACTS] = {
	VPREP_FACT(vprep_node_facts, node, VPREP_TEXT),
	VPREP_FACT(vprep_node_facts, uid, VPREP_NUMBER),
	VPREP_FACT(vprep_node_facts, gid, VPREP_NUMBER),
	VPREP_FACT(vprep_node_facts, mode, VPREP_NUMBER),
	VPREP_FACT(vprep_node_facts, was_uid, VPREP_NUMBER),
	VPREP_FACT(vprep_node_facts, was_gid, VPREP_NUMBER),
	VPREP_FACT(vprep_node_facts, was_mode, VPREP_NUMBER),
	VPREP_FACT(vprep_node_facts, no_proof, VPREP_NUMBER),
};

void vprep_node_plan(struct vprep_planning *p, const char *path,
		     const struct vprep_node_state *state)
{
	struct vprep_node_facts *f = vprep_plan_add(p);

	if (!f)
		return;
	f->uid = p->options->uid;
	f->gid = p->options->gid;
	f->mode = p->options->mode;
	if (state->exists) {
		f->was_uid = state->uid;
		f->was_gid = state->gid;
		f->was_mode = state->mode;
	}
	if (p->options->no_proof)
		f->no_proof = 1;
	if (path)
		vprep_plan_copy(p, &f->node, path);
}

static void plan_group(struct vprep_planning *p, const struct vprep_facts_group *g)
{
	if (!g->given) /* else the one that is there is done again where need be */
		vprep_node_plan(p, g->node.path, &g->node);
}

static void plan_device(struct vprep_planning *p, const struct vprep_device *d)
{
	if (d->node.path || d->match) /* a device without a node is only claimed */
		vprep_node_plan(p, d->node.path, &d->node);
}

char *vprep_node_describe(const struct vprep_node_facts *f, const char *name)
{
	return vprep_strf("%s to %" PRId64 ":%" PRId64 " mode %04" PRIo64, name, f->uid,
			  f->gid, f->mode);
}

char *vprep_node_describe_undo(const struct vprep_node_facts *f, const char *otherwise)
{
	if (f->was_uid < 0)
		return vprep_strf("none: the node goes with %s", otherwise);
	return vprep_strf("back to %" PRId64 ":%" PRId64 " mode %04" PRIo64, f->was_uid,
			  f->was_gid, f->was_mode);
}

static char *describe(const struct vprep_step *step)
{
	const struct vprep_node_facts *f = step->facts;
	_cleanup_free_ char *name = f->node ? vprep_strf("/dev/%s", f->node)
					    : strdup("its group's node in /dev/vfio");

	return name ? vprep_node_describe(f, name) : NULL;
}

static char *describe_undo(const struct vprep_step *step)
{
	const struct vprep_node_facts *f = step->facts;

	return vprep_node_describe_undo(f, f->node ? "its driver" : "the device");
}

int vprep_step_add_orphan_node(struct vprep_steps *steps, const char *device,
			       int64_t group, const char *path, uid_t uid, gid_t gid,
			       mode_t mode)
{
	struct vprep_node_facts *f;
	struct vprep_step *step;
	int r = vprep_steps_add(
		steps, path ? &vprep_step_node_permission : &vprep_step_cdev_permission,
		device, &step);

	if (r < 0)
		return r;
	step->group = group;
	f = step->facts;
	f->uid = uid;
	f->gid = gid;
	f->mode = mode;
	f->was_uid = f->was_gid = 0;
	f->was_mode = 0600;
	return vprep_str_replace(&f->node, path);
}

/* Of a group, or of an mdev, which is alone in one. */
static bool is_group_node(const struct vprep_node_facts *f)
{
	return f->node && strncmp(f->node, GROUP_FOLDER, strlen(GROUP_FOLDER)) == 0;
}

int vprep_node_give(const struct vprep_step_context *context,
		    const struct vprep_node_facts *f, const char *node,
		    const char *device, struct vprep_error *err)
{
	struct stat st;
	int r = 0;

	/* of a node that was there before, udevd may be at an event by the old rules */
	if (f->was_uid >= 0)
		r = vprep_node_stat_at_rest(context, node, &st);
	if (r == 0)
		r = vprep_io_node_give(context->io, (uid_t)f->uid, (gid_t)f->gid,
				       (mode_t)f->mode, &st, "%s", node);
	if (r == 0 && !vprep_node_stat_is(&st, f->uid, f->gid, f->mode))
		r = -EPERM;
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, device,
				       "cannot give /dev/%s to %" PRId64 ":%" PRId64
				       " mode %04" PRIo64 ": %s",
				       node, f->uid, f->gid, f->mode, strerror(-r))
		     : 0;
}

static int give_node(const struct vprep_step_context *context,
		     const struct vprep_step *step, struct vprep_error *err)
{
	const struct vprep_node_facts *f = step->facts;
	int r = 0;

	if (!f->node) /* a new mdev whose driver was taken from it at once */
		return vprep_error_set(err, VPREP_E_FAILED, ENODEV, step->device,
				       "%s has no VFIO node: somebody else took its "
				       "driver; try again",
				       step->device);
	/* first, as nobody else can open the group yet */
	if (is_group_node(f))
		r = vprep_group_prove(context, f->node, step->device, f->no_proof <= 0,
				      err);
	return r < 0 ? r : vprep_node_give(context, f, f->node, step->device, err);
}

static int make_sure(const struct vprep_step_context *context,
		     const struct vprep_step *step, const char *rival,
		     struct vprep_error *err)
{
	const struct vprep_node_facts *f = step->facts;

	return f->node ? vprep_node_make_sure(context, step, f->node, rival, err) : 0;
}

static int settle(const struct vprep_step_context *context, size_t first,
		  struct vprep_error *err)
{
	return vprep_node_settle(context, first, &vprep_step_node_permission, make_sure,
				 err);
}

/* Whether the node is as the step made it, or was half-way when its process was killed,
 * between the change of owner and that of mode. */
static bool is_ours(const struct stat *st, const struct vprep_node_facts *f,
		    const struct vprep_node_facts *was)
{
	return vprep_node_stat_is(st, f->uid, f->gid, f->mode) ||
	       vprep_node_stat_is(st, f->uid, f->gid, was->was_mode) ||
	       vprep_node_stat_is(st, was->was_uid, was->was_gid, f->mode) ||
	       vprep_node_stat_is(st, 0, 0, 0600); /* made anew by the kernel meanwhile */
}

static int set_back(const struct vprep_step_context *context,
		    const struct vprep_node_facts *was, const char *node)
{
	struct stat st;
	int r = vprep_io_node_give(context->io, (uid_t)was->was_uid, (gid_t)was->was_gid,
				   (mode_t)was->was_mode, &st, "%s", node);

	if (r == 0 && !vprep_node_stat_is(&st, was->was_uid, was->was_gid, was->was_mode))
		r = -EPERM;
	return r;
}

int vprep_node_take_back(const struct vprep_step_context *context,
			 const struct vprep_node_facts *f, const char *node,
			 const char *device, struct vprep_error *err)
{
	/* a node that somebody else keeps alive gets the kernel's default */
	const struct vprep_node_facts kernel = { .was_mode = 0600 };
	const struct vprep_node_facts *was = f->was_uid >= 0 ? f : &kernel;
	struct stat st;
	int r;

	r = vprep_node_stat_at_rest(context, node, &st);
	if (r == 0 && is_ours(&st, f, was))
		r = set_back(context, was, node);
	return r < 0 && r != -ENOENT ? vprep_error_set(err, VPREP_E_LEFT, -r, device,
						       "cannot take /dev/%s back: %s",
						       node, strerror(-r))
				     : 0;
}

int vprep_node_compare(const struct vprep_io *io, const struct vprep_node_facts *f,
		       const char *node, struct vprep_drift *drift)
{
	struct stat st;
	int r = vprep_io_node_stat(io, &st, "%s", node);

	if (r == -ENOENT)
		return vprep_drift_add(drift, VPREP_DRIFT_LOST, "/dev/%s is not there",
				       node);
	if (r < 0 || vprep_node_stat_is(&st, f->uid, f->gid, f->mode))
		return r;
	return vprep_drift_add(drift, VPREP_DRIFT_REDO,
			       "/dev/%s belongs to %u:%u mode %04o, not %" PRId64
			       ":%" PRId64 " mode %04" PRIo64,
			       node, st.st_uid, st.st_gid, st.st_mode & 07777, f->uid,
			       f->gid, f->mode);
}

static int compare(const struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_drift *drift)
{
	const struct vprep_node_facts *f = step->facts;

	return f->node ? vprep_node_compare(io, f, f->node, drift) : 0;
}

static int take_back(const struct vprep_step_context *context,
		     const struct vprep_step *step, struct vprep_error *err)
{
	const struct vprep_node_facts *f = step->facts;

	if (!f->node) /* never got to be known, nor given away */
		return 0;
	return vprep_node_take_back(context, f, f->node, step->device, err);
}

/* A group's devices are unbound before its node is taken back, and wait for who has it
 * open. Of a device by itself, the node is all that there is to wait for. */
static bool may_be_open(const struct vprep_io *io, const struct vprep_step *step,
			struct vprep_open_look *look)
{
	(void)io;
	(void)look;
	return step->group < 0;
}

static bool is_its_node(const struct vprep_io *io, const struct vprep_step *step,
			const char *node)
{
	(void)io;
	return step->group < 0 && vprep_str_same(vprep_step_node_path(step), node);
}

const struct vprep_step_kind vprep_step_node_permission = {
	.name = "node-permission",
	.is_for_guest = true,
	VPREP_FACTS(vprep_node_fact_table, vprep_node_facts),
	.plan_group = plan_group,
	.plan_device = plan_device,
	.describe = describe,
	.describe_undo = describe_undo,
	.parent_do = give_node,
	.parent_undo = take_back,
	.compare = compare,
	.needs_closed = true,
	.may_be_open = may_be_open,
	.is_its_node = is_its_node,
	.settle = settle,
};
