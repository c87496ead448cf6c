// SPDX-License-Identifier: GPL-2.0-or-later
/* A physical function that has virtual functions: they go away with its driver. */
#include "common/str.h"
#include "host/driver.h"
#include "in-use/internal.h"

/* A VF that is prepared for a guest must not go away, not even by force. */
static int add_prepared_vf(struct vprep_in_use *scan, const struct vprep_pci_device *pf,
			   unsigned number, struct vprep_uses *uses)
{
	const char *vf, *driver = NULL;
	int r;

	r = vprep_in_use_link(scan, VPREP_SYS, &vf, "bus/pci/devices/%s/virtfn%u",
			      pf->text.s, number);
	if (vf)
		r = vprep_in_use_link(scan, VPREP_SYS, &driver,
				      "bus/pci/devices/%s/driver", vf);
	if (!driver || !vprep_driver_is_vfio(scan->io, driver))
		return r;
	return vprep_uses_add(
		uses, true,
		vprep_strf("its virtual function %s is prepared for a guest (on %s)", vf,
			   driver),
		vprep_strf("vfio-prep detach %s", vf));
}

int vprep_in_use_vfs(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		     struct vprep_uses *uses)
{
	unsigned i;
	int r;

	if (device->n_vfs == 0)
		return 0;
	r = vprep_uses_add(uses, false,
			   vprep_strf("has %u virtual function%s", device->n_vfs,
				      device->n_vfs > 1 ? "s" : ""),
			   vprep_strf("echo 0 > /sys/bus/pci/devices/%s/sriov_numvfs",
				      device->text.s));
	for (i = 0; r == 0 && i < device->n_vfs; i++)
		r = add_prepared_vf(scan, device, i, uses);
	return r;
}
