// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds a device that is to go, and waiting for it to let go. */
#include "exec/releasing.h"

#include <inttypes.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"
#include "host/driver.h"
#include "host/sriov.h"
#include "io/child.h"

#define HOLDER_POLL_MS 100
#define CDEV_FOLDER "vfio/devices/"

/* A child of an earlier command is still in the kernel with it: nothing can be done yet. */
bool vprep_is_still_stuck(const struct vprep_releasing *rel,
			  const struct vprep_step *step)
{
	uint64_t start;

	return vprep_step_is_quarantined(step) &&
	       vprep_process_start(rel->exec->io, (pid_t)step->pid, &start) == 0 &&
	       (step->pid_start <= 0 || (int64_t)start == step->pid_start);
}

/* Whether a node that a process has open is of a VF's group. */
static bool is_node_of_vf(const struct vprep_releasing *rel, const char *pf,
			  const char *node)
{
	const struct vprep_io *io = rel->exec->io;
	unsigned i, n = vprep_pf_count_vfs(io, pf);

	for (i = 0; i < n; i++) {
		_cleanup_free_ char *group = NULL;
		_cleanup_free_ char *text = NULL;

		if (vprep_io_link_name(io, VPREP_SYS, &group,
				       "bus/pci/devices/%s/virtfn%u/iommu_group", pf,
				       i) < 0)
			continue;
		text = vprep_strf("vfio/%s", group);
		if (text && streq(node, text))
			return true;
		if (strncmp(node, CDEV_FOLDER, strlen(CDEV_FOLDER)) == 0 &&
		    vprep_io_exists(io, VPREP_SYS,
				    "bus/pci/devices/%s/virtfn%u/vfio-dev/%s", pf, i,
				    node + strlen(CDEV_FOLDER)) == 1)
			return true;
	}
	return false;
}

const char *vprep_vf_left(const struct vprep_releasing *rel,
			  const struct vprep_step *step)
{
	const struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++) {
		const struct vprep_step *s = &steps->items[i];
		_cleanup_free_ char *pf = NULL;

		if ((vprep_step_is_bind(s) || s->kind == VPREP_STEP_VF_CONFIG) &&
		    vprep_step_is_live(s) &&
		    vprep_io_link_name(rel->exec->io, VPREP_SYS, &pf,
				       "bus/pci/devices/%s/physfn", s->device) == 0 &&
		    streq(pf, step->device))
			return s->device;
	}
	return NULL;
}

/* Whether a node that a process has open leads to the step's device. */
static bool is_node_of(const struct vprep_releasing *rel, const struct vprep_step *step,
		       const char *node)
{
	_cleanup_free_ char *group = vprep_strf("vfio/%" PRId64, step->group);
	_cleanup_free_ char *noiommu = vprep_strf("vfio/noiommu-%" PRId64, step->group);
	const char *cdev = node + strlen(CDEV_FOLDER);
	const char *made = vprep_step_made_mdev(step);

	if (step->kind == VPREP_STEP_NUMVFS)
		return is_node_of_vf(rel, step->device, node);
	if ((group && streq(node, group)) || (noiommu && streq(node, noiommu)) ||
	    vprep_str_same(step->node, node))
		return true;
	return strncmp(node, CDEV_FOLDER, strlen(CDEV_FOLDER)) == 0 &&
	       (vprep_io_exists(rel->exec->io, VPREP_SYS,
				"bus/pci/devices/%s/vfio-dev/%s",
				made ? made : step->device, cdev) == 1 ||
		vprep_io_exists(rel->exec->io, VPREP_SYS,
				"bus/mdev/devices/%s/vfio-dev/%s",
				made ? made : step->device, cdev) == 1);
}

bool vprep_is_held(const struct vprep_releasing *rel, const struct vprep_holders *holders,
		   const struct vprep_step *step, char **ret_who)
{
	size_t i;

	for (i = 0; i < holders->n; i++)
		if (is_node_of(rel, step, holders->items[i].node)) {
			*ret_who = vprep_holder_text(&holders->items[i]);
			return true;
		}
	return false;
}

static bool is_any_held(const struct vprep_releasing *rel,
			const struct vprep_holders *holders, char **ret_who)
{
	struct vprep_steps *steps = vprep_releasing_steps(rel);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (rel->selected[i] && vprep_step_is_of_idle(&steps->items[i]) &&
		    !vprep_is_group_claimed(rel, steps->items[i].group) &&
		    vprep_is_held(rel, holders, &steps->items[i], ret_who))
			return true;
	return false;
}

static bool is_interrupted(const struct vprep_step_context *exec)
{
	return exec->interrupted && exec->interrupted(exec->interrupted_data);
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
		int r = vprep_holders_scan(rel->exec->io, "vfio/", ret);

		if (r < 0 || !is_any_held(rel, ret, &who) || vprep_now_ms() >= end ||
		    is_interrupted(rel->exec))
			return r;
		if (!told)
			vprep_step_log(rel->exec, VPREP_LOG_NOTICE,
				       "waiting up to %u s for %s to let go",
				       rel->patience, who ? who : "a process");
		told = true;
		vprep_holders_done(ret);
		vprep_sleep_ms(HOLDER_POLL_MS);
	}
}

/* Whether it is worth looking through all processes for one that has a device open. */
bool vprep_may_be_held(const struct vprep_releasing *rel)
{
	const struct vprep_step *s;
	size_t i;

	for (i = 0; i < vprep_releasing_steps(rel)->n; i++) {
		s = &vprep_releasing_steps(rel)->items[i];
		if (!rel->selected[i] || !vprep_step_is_of_idle(s))
			continue;
		if (s->kind == VPREP_STEP_MDEV_CREATE || s->kind == VPREP_STEP_NUMVFS ||
		    (s->driver && vprep_driver_may_be_open(rel->exec->io, s->driver)))
			return true;
	}
	return false;
}
