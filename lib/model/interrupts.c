// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/interrupts.h"

/* What to do, or else to accept, where which of VFIO's modules decides. */
#define OR_ALLOW(i, ways)                                                                \
	((i)->is_iommufds ? ways ALLOW("iommufd") : ways ALLOW("vfio_iommu_type1"))
#define ALLOW(module)                                                                    \
	"only where all guests are trusted, have 'options " module                       \
	" allow_unsafe_interrupts=1' in /etc/modprobe.d and load the module anew"

const char *vprep_interrupts_fix(const struct vprep_interrupts *i)
{
	if (i->is_disabled)
		return OR_ALLOW(i,
				"take intremap=off or nointremap from the kernel command "
				"line, and reboot; or, ");
	if (i->has_no_its)
		return OR_ALLOW(i,
				"the GIC's ITS does it where there is one, and here "
				"MSIs go past it: look in the firmware's set-up for an "
				"ITS; or, ");
	if (i->is_incapable)
		return OR_ALLOW(i, "this IOMMU cannot: ");
	return OR_ALLOW(i, "enable interrupt remapping (with VT-d or AMD-Vi) in the "
			   "firmware's set-up; or, ");
}
