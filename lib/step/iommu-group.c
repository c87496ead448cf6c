// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Having the kernel make a device's IOMMU group. Where the firmware tells what an IOMMU
 * covers (Arm, RISC-V, virtio-iommu), Linux reads that up to 6.14 only when it is about
 * to probe a driver for the device: pci_dma_configure() in drivers/pci/pci-driver.c. A VF
 * that was made for guests has never been probed, nor has a device without a driver.
 * pci-stub takes any device and does nothing with it, nor has it a say in who gets the
 * group; the device is left as it was, but for its group, which stays.
 */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "config/config.h"
#include "host/pci.h"
#include "plan/plan.h"
#include "step/bind.h"

#define DRIVER "pci-stub"
#define MODULE "pci_stub"

static void plan_ungrouped(struct vprep_planning *p, const struct vprep_pci_device *pci)
{
	vprep_bind_plan(p, pci, DRIVER);
}

static int load_driver(struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_error *err)
{
	int r;

	if (vprep_io_exists(io, VPREP_SYS, "bus/pci/drivers/" DRIVER) == 1)
		return 0;
	r = io->ops->load_module(io, MODULE);
	return r < 0 ? vprep_error_set(
			       err, VPREP_E_REFUSED, -r, step->device,
			       "%s has no IOMMU group yet, and the kernel makes it when a "
			       "driver is bound to the device: cannot load " DRIVER
			       " for that: %s; bind any other driver to it once",
			       step->device, strerror(-r))
		     : 0;
}

static int check_group(struct vprep_io *io, const struct vprep_step *step,
		       struct vprep_error *err)
{
	struct vprep_pci_address address;
	int group = -1;
	int r = vprep_pci_address_parse(step->device, &address);

	if (r == 0)
		r = vprep_pci_group(io, address, &group);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "cannot read the IOMMU group of %s: %s",
				       step->device, strerror(-r));
	return group < 0 ? vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP,
					   step->device,
					   "%s has no IOMMU group, nor gets one when a "
					   "driver is bound to it: the IOMMU does not "
					   "cover it",
					   step->device)
			 : 0;
}

static int make_group(struct vprep_io *io, const struct vprep_step *step,
		      struct vprep_error *err)
{
	int r = load_driver(io, step, err);

	if (r == 0)
		r = vprep_bind_do(io, step, err);
	if (r == 0)
		r = vprep_bind_undo(io, step, err);
	return r < 0 ? r : check_group(io, step, err);
}

/* Of its own: kinds that share this function are done side by side. */
static int undo_group(struct vprep_io *io, const struct vprep_step *step,
		      struct vprep_error *err)
{
	return vprep_bind_undo(io, step, err);
}

const struct vprep_step_kind vprep_step_iommu_group = {
	.name = "iommu-group",
	VPREP_FACTS(vprep_bind_facts, vprep_bind_facts),
	.plan_ungrouped = plan_ungrouped,
	.text = "have the kernel make its IOMMU group, by binding it to {driver} for a moment",
	.undo_text = "driver_override {was_override|(unset)}; the group stays",
	.child_do = make_group,
	.child_undo = undo_group,
	.do_deadline = VPREP_DEADLINE_BIND,
	.undo_deadline = VPREP_DEADLINE_UNBIND,
	.is_passing = true,
};
