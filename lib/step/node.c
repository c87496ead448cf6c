// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A group's node and its owner. The rule gives it away when udevd handles the node's
 * event; only the node's own owner and mode prove it, so they are read, and set where
 * they differ.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "step/step.h"

#define GROUP_FOLDER "vfio/"

static bool is_as_wanted(const struct stat *st, int64_t uid, int64_t gid, int64_t mode)
{
	return st->st_uid == (uid_t)uid && st->st_gid == (gid_t)gid &&
	       (st->st_mode & 07777) == (mode_t)mode;
}

/* "12" of "vfio/12": what sysfs and udev call the device. */
static const char *sysfs_name(const struct vprep_step *step)
{
	const char *slash = strrchr(step->node, '/');

	return slash ? slash + 1 : step->node;
}

static bool is_to_do(const struct vprep_step *step)
{
	return step->kind == VPREP_STEP_NODE_PERMISSION && step->node &&
	       step->state == VPREP_STEP_INTENT;
}

/* Of a group, or of an mdev, which is alone in one. */
static bool is_group_node(const struct vprep_step *step)
{
	return strncmp(step->node, GROUP_FOLDER, strlen(GROUP_FOLDER)) == 0;
}

/* A node that was there before has had its event: ask for another one. */
static int wants_event(const struct vprep_step_context *exec,
		       const struct vprep_step *step, bool *ret)
{
	struct stat st;

	*ret = true;
	if (step->was_uid < 0)
		return 0;
	if (vprep_io_node_stat(exec->io, &st, "%s", step->node) == 0 &&
	    is_as_wanted(&st, step->uid, step->gid, step->mode)) {
		*ret = false;
		return 0;
	}
	return vprep_io_write(exec->io, "change", "class/vfio/%s/uevent",
			      sysfs_name(step));
}

static int wait_for_udevd(const struct vprep_step_context *exec,
			  struct vprep_udevd_monitor *monitor, size_t first)
{
	const struct vprep_steps *steps = &exec->journal->steps;
	_cleanup_free_ struct vprep_udevd_wait *wanted = NULL;
	unsigned deadline = exec->config->deadlines[VPREP_DEADLINE_NODE];
	size_t i, n = 0;
	int r;

	wanted = calloc(steps->n - first + 1, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	for (i = first; i < steps->n; i++) {
		bool wants;

		if (!is_to_do(&steps->items[i]) || !is_group_node(&steps->items[i]))
			continue;
		r = wants_event(exec, &steps->items[i], &wants);
		if (r < 0)
			return r;
		if (wants)
			snprintf(wanted[n++].name, sizeof(wanted->name), "%s",
				 sysfs_name(&steps->items[i]));
	}
	r = vprep_udevd_monitor_wait(monitor, wanted, n, (int)deadline * 1000,
				     exec->interrupted, exec->interrupted_data);
	if (r != -ETIMEDOUT)
		return r;
	for (i = 0; i < n; i++)
		if (!wanted[i].seen)
			vprep_step_log(exec, VPREP_LOG_WARNING,
				       "udevd did not handle /dev/vfio/%s within %u s: "
				       "its owner "
				       "is set directly",
				       wanted[i].name, deadline);
	return 0;
}

static int node_error(struct vprep_error *err, const struct vprep_step *step, int r)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "cannot give /dev/%s to %" PRId64 ":%" PRId64
			       " mode %04" PRIo64 ": %s",
			       step->node, step->uid, step->gid, step->mode,
			       strerror(-r));
}

int vprep_node_give(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err)
{
	struct stat st;
	int r;

	r = vprep_io_node_stat(exec->io, &st, "%s", step->node);
	if (r == 0 && is_as_wanted(&st, step->uid, step->gid, step->mode))
		return 0;
	if (r == 0)
		r = vprep_io_node_set(exec->io, (uid_t)step->uid, (gid_t)step->gid,
				      (mode_t)step->mode, "%s", step->node);
	if (r == 0)
		r = vprep_io_node_stat(exec->io, &st, "%s", step->node);
	if (r == 0 && !is_as_wanted(&st, step->uid, step->gid, step->mode))
		r = -EPERM;
	return r < 0 ? node_error(err, step, r) : 0;
}

/* Nobody has the group yet, so the kernel itself may be asked. */
static int prove_viable(const struct vprep_step_context *exec,
			const struct vprep_step *step, struct vprep_error *err)
{
	int r = exec->io->ops->group_is_viable(exec->io, step->node);

	if (r > 0 || r == -EBUSY)
		return 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot open /dev/%s: %s", step->node,
				       strerror(-r));
	return vprep_error_set(
		err, VPREP_E_NOT_VIABLE, EPERM, step->device,
		"the kernel says that IOMMU group %s is not viable, though "
		"no member seems in the way; see 'vfio-prep groups' and the kernel "
		"log",
		sysfs_name(step));
}

int vprep_nodes_do(const struct vprep_step_context *exec,
		   struct vprep_udevd_monitor *monitor, size_t first,
		   struct vprep_error *err)
{
	struct vprep_steps *steps = &exec->journal->steps;
	bool told = false;
	size_t i;
	int r;

	if (monitor) {
		r = wait_for_udevd(exec, monitor, first);
		if (r < 0)
			return vprep_error_set(
				err, VPREP_E_FAILED, -r, NULL, "%s",
				r == -EINTR
					? "interrupted by a signal; everything was rolled back"
					: "cannot listen to udevd any more");
	}
	for (i = first; i < steps->n; i++) {
		struct vprep_step *step = &steps->items[i];

		if (!is_to_do(step))
			continue;
		if (!monitor && !told)
			vprep_step_log(
				exec, VPREP_LOG_NOTICE,
				"udevd does not run: node owners are set directly");
		told = true;
		/* first, as nobody else can open the group yet */
		r = is_group_node(step) ? prove_viable(exec, step, err) : 0;
		if (r == 0)
			r = vprep_node_give(exec, step, err);
		if (r == 0 && vprep_step_mark(exec, step, VPREP_STEP_DONE) < 0)
			r = node_error(err, step, -EIO);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Ours, or on its way: a kill may have come between the change of owner and of mode. */
static bool is_ours(const struct stat *st, const struct vprep_step *step,
		    const struct vprep_step *was)
{
	return is_as_wanted(st, step->uid, step->gid, step->mode) ||
	       is_as_wanted(st, step->uid, step->gid, was->was_mode) ||
	       is_as_wanted(st, was->was_uid, was->was_gid, step->mode) ||
	       is_as_wanted(st, 0, 0, 0600); /* made anew by the kernel meanwhile */
}

int vprep_node_undo(const struct vprep_step_context *exec, const struct vprep_step *step,
		    struct vprep_error *err)
{
	/* a node that somebody else keeps alive gets the kernel's default */
	const struct vprep_step kernel = { .was_uid = 0, .was_gid = 0, .was_mode = 0600 };
	const struct vprep_step *was = step->was_uid >= 0 ? step : &kernel;
	struct stat st;
	int r;

	if (!step->node) /* never got to be known, nor given away */
		return 0;
	r = vprep_io_node_stat(exec->io, &st, "%s", step->node);
	if (r == 0 && is_ours(&st, step, was))
		r = vprep_io_node_set(exec->io, (uid_t)was->was_uid, (gid_t)was->was_gid,
				      (mode_t)was->was_mode, "%s", step->node);
	return r < 0 && r != -ENOENT
		       ? vprep_error_set(err, VPREP_E_LEFT, -r, step->device,
					 "cannot take /dev/%s back: %s", step->node,
					 strerror(-r))
		       : 0;
}
