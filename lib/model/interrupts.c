// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/interrupts.h"

#define ALLOW                                                                            \
	"only where all guests are trusted, have 'options vfio_iommu_type1 "             \
	"allow_unsafe_interrupts=1' in /etc/modprobe.d and load the module anew"

const char *vprep_interrupts_fix(const struct vprep_interrupts *i)
{
	if (i->is_disabled)
		return "take intremap=off or nointremap from the kernel command line, and "
		       "reboot; or, " ALLOW;
	if (i->has_no_its)
		return "the GIC's ITS does it where there is one, and here MSIs go past "
		       "it: look in the firmware's set-up for an ITS; or, " ALLOW;
	if (i->is_incapable)
		return "this IOMMU cannot: " ALLOW;
	return "enable interrupt remapping (with VT-d or AMD-Vi) in the firmware's "
	       "set-up; or, " ALLOW;
}
