// SPDX-License-Identifier: GPL-2.0-or-later
/* Doctor's look at the remapping of interrupts. */
#include "common/cleanup.h"
#include "common/str.h"
#include "host/interrupts.h"
#include "host/iommu.h"
#include "verb/doctor.h"

#define UNSAFE "allow_unsafe_interrupts is on: " VPREP_INTERRUPTS_MEANING

static bool is_allowed_now(const struct vprep_io *io)
{
	static const char *const modules[] = { "vfio_iommu_type1", "iommufd" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(modules); i++) {
		_cleanup_free_ char *value = NULL;

		if (vprep_io_read(io, VPREP_SYS, &value,
				  "module/%s/parameters/allow_unsafe_interrupts",
				  modules[i]) == 0 &&
		    streq(value, "Y"))
			return true;
	}
	return false;
}

int vprep_doctor_interrupts(struct vprep_doctor *d)
{
	_cleanup_free_ unsigned *groups = NULL;
	struct vprep_interrupts i;
	size_t n_groups = 0;
	int r = vprep_interrupts_read(d->session->io, &i);

	if (r == 0)
		r = vprep_iommu_numbers(d->session->io, &groups, &n_groups);
	if (r < 0 || n_groups == 0) /* of that the check of the IOMMU tells */
		return r;
	if (vprep_interrupts_forbid(&i))
		return vprep_doctor_say(
			d, PROBLEM, vprep_interrupts_fix(&i),
			"not remapped: the kernel gives no device to a guest, as " VPREP_INTERRUPTS_MEANING);
	if (i.is_allowed || is_allowed_now(d->session->io))
		return vprep_doctor_say(
			d, WARNING,
			i.remapping == VPREP_REMAPPING_ON
				? "turn it off: this host remaps interrupts"
				: "turn it off unless this hardware has no interrupt "
				  "remapping",
			UNSAFE);
	return i.remapping == VPREP_REMAPPING_ON
		       ? vprep_doctor_say(d, OK, NULL, "remapped by %s", i.remapper)
		       : 0;
}
