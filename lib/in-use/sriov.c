// SPDX-License-Identifier: GPL-2.0-or-later
/* A physical function that has virtual functions: they go away with its driver. */
#include "common/str.h"
#include "host/driver.h"
#include "host/mdev.h"
#include "host/sriov.h"
#include "in-use/internal.h"

static bool is_prepared(const struct vprep_in_use *scan, const char *vf,
			const char *driver)
{
	unsigned type;

	return vprep_driver_is_vfio(scan->io, driver) ||
	       (vprep_mdev_vgpu_type(scan->io, vf, &type) == 0 && type != 0);
}

/* A VF that is prepared for a guest must not go away, not even by force. */
static int add_prepared_vf(struct vprep_in_use *scan, const struct vprep_pci_device *pf,
			   unsigned number, struct vprep_uses *uses)
{
	struct vprep_pci_address address;
	struct vprep_pci_text vf;
	const char *driver;
	int r;

	r = vprep_pf_vf(scan->io, pf->text.s, number, &address);
	if (r < 0)
		return vprep_in_use_ignore_absent(scan, r);
	vf = vprep_pci_address_text(address);
	r = vprep_in_use_link(scan, VPREP_SYS, &driver, "bus/pci/devices/%s/driver",
			      vf.s);
	if (!driver || !is_prepared(scan, vf.s, driver))
		return r;
	return vprep_uses_add(
		uses, true,
		vprep_strf("its virtual function %s is prepared for a guest (on %s)",
			   vf.s, driver),
		vprep_strf("vfio-prep detach %s; if something else has bound it, unbind "
			   "it there",
			   vf.s));
}

static int find_vfs(struct vprep_in_use *scan, const struct vprep_pci_device *device,
		    struct vprep_uses *uses)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t i, n = 0;
	int r;

	if (device->n_vfs == 0)
		return 0;
	r = vprep_uses_add(uses, false,
			   vprep_strf("has %u virtual function%s", device->n_vfs,
				      device->n_vfs > 1 ? "s" : ""),
			   vprep_strf("vfio-prep numvfs %s 0", device->text.s));
	if (r == 0)
		r = vprep_pf_vf_numbers(scan->io, device->text.s, &numbers, &n);
	for (i = 0; r == 0 && i < n; i++)
		r = add_prepared_vf(scan, device, numbers[i], uses);
	return r;
}

const struct vprep_in_use_kind vprep_in_use_vfs = {
	.find = find_vfs,
};
