// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may open /dev/iommu, without which nobody can use the node of a single device. It
 * belongs to no owner: the configuration says once whose group may open it, and it stays
 * so. A rule of udev's, which is installed with vfio-prep, says the same at each event;
 * the node may appear with the first device of a boot, and nobody waits for that event.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "plan/plan.h"
#include "step/context.h"

#define READ_WRITE 060 /* of the group */

struct iommufd_facts {
	int64_t gid;
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(iommufd_facts, gid, VPREP_NUMBER),
};

static bool is_given(gid_t is, mode_t mode, gid_t wanted)
{
	return is == wanted && (mode & READ_WRITE) == READ_WRITE;
}

/* Once for all devices of a request, and not for what is so already. */
static void plan_cdev(struct vprep_planning *p, const struct vprep_node_state *cdev)
{
	const struct vprep_attach_options *o = p->options;
	const struct vprep_node_state *now = &p->facts->iommufd;
	struct iommufd_facts *f;

	(void)cdev;
	if (!o->has_iommu_group || vprep_steps_find(p->steps, p->kind, VPREP_IOMMUFD) ||
	    (now->exists && is_given(now->gid, now->mode, o->iommu_gid)))
		return;
	p->device = VPREP_IOMMUFD;
	f = vprep_plan_add(p);
	if (f)
		f->gid = o->iommu_gid;
}

/* One that is not there now is no device's that VFIO drives. */
static int give(const struct vprep_step_context *context, const struct vprep_step *step,
		struct vprep_error *err)
{
	const struct iommufd_facts *f = step->facts;
	struct stat st;
	int r = vprep_io_node_stat(context->io, &st, VPREP_IOMMUFD);

	if (r == -ENOENT || (r == 0 && is_given(st.st_gid, st.st_mode, (gid_t)f->gid)))
		return 0;
	if (r == 0)
		r = vprep_io_node_set(context->io, st.st_uid, (gid_t)f->gid,
				      (st.st_mode & 0707) | READ_WRITE, VPREP_IOMMUFD);
	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot let group %" PRId64
				       " open " VPREP_IO_NODES VPREP_IOMMUFD ": %s",
				       f->gid, strerror(-r))
		     : 0;
}

const struct vprep_step_kind vprep_step_iommufd = {
	.name = "iommufd-permission",
	.is_for_guest = true,
	.role = VPREP_ROLE_LASTING,
	VPREP_FACTS(facts, iommufd_facts),
	.plan_cdev = plan_cdev,
	.text = VPREP_IO_NODES VPREP_IOMMUFD " to group {gid}, as iommu-group says",
	.undo_text = "none: the configuration says so for good",
	.parent_do = give,
};
