/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the host protects itself from the interrupts of a guest's device. */
#ifndef VPREP_MODEL_INTERRUPTS_H
#define VPREP_MODEL_INTERRUPTS_H

#include <stdbool.h>

enum vprep_remapping {
	VPREP_REMAPPING_UNKNOWN,
	VPREP_REMAPPING_ON,
	VPREP_REMAPPING_OFF,
};

struct vprep_interrupts {
	enum vprep_remapping remapping;
	const char *remapper; /* what does it, where it is on; a literal */
	bool has_no_its;      /* off, as Arm's interrupt controller has none for MSIs */
	bool is_incapable;    /* off, as an IOMMU of the host cannot do it */
	bool is_disabled;     /* off, as the kernel's command line says */
	bool is_allowed; /* devices are given away without it (allow_unsafe_interrupts) */
	bool is_allowed_by_iommufd; /* also by the nodes of their own */
	bool is_iommufds; /* it alone decides: the kernel has no nodes of groups */
};

/* The kernel would refuse every device. */
static inline bool vprep_interrupts_forbid(const struct vprep_interrupts *i)
{
	return i->remapping == VPREP_REMAPPING_OFF && !i->is_allowed;
}

#define VPREP_INTERRUPTS_MEANING                                                         \
	"a guest with a device could inject interrupts into the host"

/* What to do where they forbid. A literal. */
const char *vprep_interrupts_fix(const struct vprep_interrupts *i);

#endif
