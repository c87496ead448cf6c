// SPDX-License-Identifier: GPL-2.0-or-later
/* Nodes and udevd's events: when one is at rest, and whether it stays as it is. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/error.h"
#include "common/str.h"
#include "step/context.h"
#include "step/node.h"
#include "udev/udevd.h"

bool vprep_node_stat_is(const struct stat *st, int64_t uid, int64_t gid, int64_t mode)
{
	return st->st_uid == (uid_t)uid && st->st_gid == (gid_t)gid &&
	       (st->st_mode & 07777) == (mode_t)mode;
}

int vprep_node_stat_at_rest(const struct vprep_step_context *context, const char *node,
			    struct stat *ret)
{
	unsigned deadline = context->config->deadlines[VPREP_DEADLINE_NODE];
	int r = vprep_io_node_stat(context->io, ret, "%s", node);

	if (r < 0)
		return r;
	r = vprep_udevd_finish_begun(context->io, ret->st_rdev, deadline);
	if (r == 0)
		return 0;
	if (r < 0)
		vprep_step_log(context, VPREP_LOG_WARNING,
			       "cannot wait until udevd has handled the events of "
			       "/dev/%s: %s",
			       node, strerror(-r));
	return vprep_io_node_stat(context->io, ret, "%s", node);
}

static int prove(const struct vprep_step_context *context, const struct vprep_step *step,
		 const char *node, const char *rival, struct vprep_error *err)
{
	const struct vprep_node_facts *f = step->facts;
	unsigned deadline = context->config->deadlines[VPREP_DEADLINE_NODE];
	struct stat st;
	int r;

	r = vprep_io_node_stat(context->io, &st, "%s", node);
	if (r == 0)
		r = vprep_udevd_handle(context->io, st.st_rdev, deadline);
	if (r == 0)
		r = vprep_io_node_stat(context->io, &st, "%s", node);
	if (r == 0 && vprep_node_stat_is(&st, f->uid, f->gid, f->mode))
		return 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot prove that /dev/%s stays as it is beside "
				       "%s: %s",
				       node, rival, strerror(-r));
	return vprep_error_set(err, VPREP_E_REFUSED, EPERM, step->device,
			       "at an event /dev/%s becomes %u:%u mode %04o, whatever "
			       "vfio-prep's rule says: see %s; exempt the node there",
			       node, st.st_uid, st.st_gid, st.st_mode & 07777u, rival);
}

int vprep_node_make_sure(const struct vprep_step_context *context,
			 const struct vprep_step *step, const char *node,
			 const char *rival, struct vprep_error *err)
{
	struct stat st;
	int r = vprep_node_stat_at_rest(context, node, &st);

	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot look at /dev/%s: %s", node, strerror(-r));
	r = vprep_node_give(context, step->facts, node, step->device, err);
	return r == 0 ? prove(context, step, node, rival, err) : r;
}

static bool has_rivals(const struct vprep_steps *steps, size_t first)
{
	size_t i;

	for (i = first; i < steps->n; i++)
		if (vprep_step_text(&steps->items[i], "rival"))
			return true;
	return false;
}

/* Another rule that may win over ours for the node of the step; NULL: there is none. */
static const char *rival_of(const struct vprep_steps *steps, size_t first,
			    const struct vprep_step *step)
{
	const char *rival = NULL;
	size_t i;

	for (i = first; !rival && i < steps->n; i++)
		if (streq(steps->items[i].device, step->device))
			rival = vprep_step_text(&steps->items[i], "rival");
	return rival;
}

int vprep_node_settle(const struct vprep_step_context *context, size_t first,
		      const struct vprep_step_kind *kind,
		      int (*make_sure)(const struct vprep_step_context *context,
				       const struct vprep_step *step, const char *rival,
				       struct vprep_error *err),
		      struct vprep_error *err)
{
	const struct vprep_steps *steps = &context->journal->steps;
	size_t i;
	int r = 0;

	if (!has_rivals(steps, first) || !vprep_udevd_is_running(context->io))
		return 0;
	for (i = first; r == 0 && i < steps->n; i++) {
		const char *rival =
			steps->items[i].kind == kind &&
					steps->items[i].state == VPREP_STEP_DONE
				? rival_of(steps, first, &steps->items[i])
				: NULL;

		if (rival)
			r = make_sure(context, &steps->items[i], rival, err);
	}
	return r;
}
