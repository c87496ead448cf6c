// SPDX-License-Identifier: GPL-2.0-or-later
#include "step/group-proof.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "host/interrupts.h"

static const char *number_of(const char *node)
{
	const char *slash = strrchr(node, '/');

	return slash ? slash + 1 : node;
}

/* VFIO's type 1 container says so of a group whose interrupts are not remapped. */
static const char *interrupts_fix(struct vprep_io *io)
{
	struct vprep_interrupts i = { 0 };

	vprep_interrupts_read(io, &i);
	return i.remapping == VPREP_REMAPPING_ON ? "see the kernel log"
						 : vprep_interrupts_fix(&i);
}

static const char *viable_fix(struct vprep_io *io)
{
	(void)io;
	return "see 'vfio-prep groups' and the kernel log";
}

static const char *region_fix(struct vprep_io *io)
{
	(void)io;
	return "look in the firmware's set-up for an option that frees it, and in the "
	       "kernel log";
}

static const char *busy_fix(struct vprep_io *io)
{
	(void)io;
	return "see 'vfio-prep status' and the kernel log for who has it";
}

static const struct {
	enum vprep_group_stage stage;
	int number;
	enum vprep_code code;
	const char *text;
	const char *(*fix)(struct vprep_io *io);
} refusals[] = {
	{ VPREP_GROUP_STATUS, EPERM, VPREP_E_NOT_VIABLE,
	  "it is not viable, though no member seems in the way", viable_fix },
	{ VPREP_GROUP_CONTAINER, EPERM, VPREP_E_NOT_VIABLE,
	  "it is not viable, though no member seems in the way", viable_fix },
	{ VPREP_GROUP_IOMMU, EPERM, VPREP_E_UNSUPPORTED,
	  "the interrupts of its devices are not remapped: " VPREP_INTERRUPTS_MEANING,
	  interrupts_fix },
	{ VPREP_GROUP_CONTAINER, EINVAL, VPREP_E_UNSUPPORTED,
	  "the firmware reserves memory for it", region_fix },
	{ VPREP_GROUP_IOMMU, EINVAL, VPREP_E_UNSUPPORTED,
	  "the firmware reserves memory for it, or its IOMMU is not coherent",
	  region_fix },
	{ VPREP_GROUP_CONTAINER, EBUSY, VPREP_E_IN_USE, "its DMA is somebody else's",
	  busy_fix },
	{ VPREP_GROUP_IOMMU, EBUSY, VPREP_E_IN_USE, "its DMA is somebody else's",
	  busy_fix },
};

static int explain(struct vprep_io *io, enum vprep_group_stage stage, int r,
		   const char *node, const char *name, struct vprep_error *err)
{
	const char *number = number_of(node);
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(refusals); i++)
		if (refusals[i].stage == stage && refusals[i].number == -r)
			return vprep_error_set(
				err, refusals[i].code, -r, name,
				"the kernel does not give IOMMU group %s to user space: "
				"%s; %s",
				number, refusals[i].text, refusals[i].fix(io));
	if (stage == VPREP_GROUP_OPEN)
		return vprep_error_set(err, VPREP_E_FAILED, -r, name,
				       "cannot open /dev/%s: %s", node, strerror(-r));
	return vprep_error_set(err, VPREP_E_FAILED, -r, name,
			       "the kernel does not give IOMMU group %s to user space: "
			       "%s; see the kernel log",
			       number, strerror(-r));
}

int vprep_group_prove(const struct vprep_step_context *context, const char *node,
		      const char *name, bool whole, struct vprep_error *err)
{
	enum vprep_group_stage last = whole ? VPREP_GROUP_IOMMU : VPREP_GROUP_STATUS;
	enum vprep_group_stage stage = VPREP_GROUP_OPEN;
	int r = context->io->ops->try_group(context->io, node, last, &stage);

	if (r == 0 || (r == -EBUSY && stage == VPREP_GROUP_OPEN))
		return 0;
	if (r == -EOPNOTSUPP) {
		vprep_step_log(context, VPREP_LOG_DEBUG,
			       "%s: no type 1 container here: not proven", name);
		return 0;
	}
	return explain(context->io, stage, r, node, name, err);
}
