// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds a device that is to go, and waiting for it to let go. */
#include "exec/releasing.h"

#include <inttypes.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"
#include "io/child.h"

#define HOLDER_POLL_MS 100
#define CDEV_FOLDER "vfio/devices/"

/* A child of an earlier command is still in the kernel with it: nothing can be done yet. */
bool vprep_is_still_stuck(const struct vprep_releasing *rel,
			  const struct vprep_step *step)
{
	uint64_t start;

	return vprep_step_is_quarantined(step) &&
	       vprep_process_start(rel->context->io, (pid_t)step->pid, &start) == 0 &&
	       (step->pid_start <= 0 || (int64_t)start == step->pid_start);
}

/* Whether a node that a process has open leads to the step's device. */
static bool is_node_of(const struct vprep_releasing *rel, const struct vprep_step *step,
		       const char *node)
{
	_cleanup_free_ char *group = vprep_strf("vfio/%" PRId64, step->group);
	_cleanup_free_ char *noiommu = vprep_strf("vfio/noiommu-%" PRId64, step->group);
	const char *cdev = node + strlen(CDEV_FOLDER);
	const char *made = vprep_step_made_mdev(step);

	if (vprep_is_shared(rel, step))
		return false;
	if (step->kind->is_its_node)
		return step->kind->is_its_node(rel->context->io, step, node);
	if ((group && streq(node, group)) || (noiommu && streq(node, noiommu)) ||
	    vprep_str_same(vprep_step_node_path(step), node))
		return true;
	return strncmp(node, CDEV_FOLDER, strlen(CDEV_FOLDER)) == 0 &&
	       (vprep_io_exists(rel->context->io, VPREP_SYS,
				"bus/pci/devices/%s/vfio-dev/%s",
				made ? made : step->device, cdev) == 1 ||
		vprep_io_exists(rel->context->io, VPREP_SYS,
				"bus/mdev/devices/%s/vfio-dev/%s",
				made ? made : step->device, cdev) == 1);
}

static const struct vprep_holder *find_holder(const struct vprep_releasing *rel,
					      const struct vprep_holders *holders,
					      const struct vprep_step *step)
{
	size_t i;

	for (i = 0; i < holders->n; i++)
		if (is_node_of(rel, step, holders->items[i].node))
			return &holders->items[i];
	return NULL;
}

bool vprep_is_held(const struct vprep_releasing *rel, const struct vprep_holders *holders,
		   const struct vprep_step *step, char **ret_who, const char **ret_node)
{
	const struct vprep_holder *holder = find_holder(rel, holders, step);

	if (!holder)
		return false;
	*ret_who = vprep_holder_text(rel->context->io, holder);
	*ret_node = holder->node;
	return true;
}

/* Others who share the device may have it open. */
static bool may_be_others(const struct vprep_steps *steps, const char *device)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_step_is_shared_claim(&steps->items[i]) &&
		    vprep_str_same(steps->items[i].device, device))
			return true;
	return false;
}

const struct vprep_holder *vprep_exec_find_holder(struct vprep_step_context *context,
						  const struct vprep_holders *holders)
{
	const struct vprep_releasing rel = { .context = context };
	const struct vprep_steps *steps = vprep_releasing_steps(&rel);
	const struct vprep_holder *holder = NULL;
	size_t i;

	for (i = 0; !holder && i < steps->n; i++)
		if (vprep_step_is_live(&steps->items[i]) &&
		    !may_be_others(steps, steps->items[i].device))
			holder = find_holder(&rel, holders, &steps->items[i]);
	return holder;
}

static bool is_any_held(const struct vprep_releasing *rel,
			const struct vprep_holders *holders, char **ret_who)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	const char *node;
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && steps->items[i].kind->needs_closed &&
		    !vprep_is_group_claimed(rel, steps->items[i].group) &&
		    vprep_is_held(rel, holders, &steps->items[i], ret_who, &node))
			return true;
	return false;
}

/*
 * Unbinding a device that a process has open blocks in the kernel until it is closed, and
 * cannot be called off: wait here instead, where it can.
 */
int vprep_wait_for_holders(struct vprep_releasing *rel, struct vprep_holders *ret)
{
	int64_t end = vprep_now_ms() + (int64_t)rel->patience * 1000;
	bool told = false;

	for (;;) {
		_cleanup_free_ char *who = NULL;
		int r = vprep_holders_scan(rel->context->io, ret);

		if (r < 0 || !is_any_held(rel, ret, &who) || vprep_now_ms() >= end ||
		    vprep_step_is_interrupted(rel->context))
			return r;
		if (!told)
			vprep_step_log(rel->context, VPREP_LOG_NOTICE,
				       "waiting up to %u s for %s to let go",
				       rel->patience, who ? who : "a process");
		told = true;
		vprep_holders_done(ret);
		vprep_sleep_ms(HOLDER_POLL_MS);
	}
}

bool vprep_may_be_held(const struct vprep_releasing *rel)
{
	const struct vprep_steps *steps = vprep_releasing_steps(rel);
	struct vprep_open_look look = { 0 };
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];

		if (rel->selected[i] && s->kind->needs_closed &&
		    (!s->kind->may_be_open ||
		     s->kind->may_be_open(rel->context->io, s, &look)))
			return true;
	}
	return false;
}
