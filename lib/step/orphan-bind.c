// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device that vfio-prep bound, and whose record is lost: recover writes this step in
 * its place. What was before is not known any more, so undo leaves the choice of a driver
 * to the kernel. It is never done.
 *
 * I1  Binding ties a device to its driver by driver_override. One without was on the
 *     driver before, and stays there.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "config/config.h"
#include "host/driver.h"
#include "host/pci.h"
#include "step/context.h"
#include "step/orphan.h"
#include "step/pci.h"

#define DEVICE "bus/pci/devices/%s/"

struct orphan_facts {
	char *driver; /* that it is bound to */
	int64_t pci_id;
};

static const struct vprep_fact facts[] = {
	VPREP_FACT(orphan_facts, driver, VPREP_TEXT),
	VPREP_FACT(orphan_facts, pci_id, VPREP_NUMBER),
};

int vprep_step_add_orphan_bind(const struct vprep_io *io, struct vprep_steps *steps,
			       const char *device, int64_t group)
{
	_cleanup_free_ char *driver = NULL;
	struct vprep_pci_address address;
	struct orphan_facts *f;
	struct vprep_step *step;
	uint64_t vendor, id;
	int r = vprep_pci_address_parse(device, &address);

	if (r == 0)
		r = vprep_pci_driver(io, address, &driver);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 16, &vendor, DEVICE "vendor",
				      device);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 16, &id, DEVICE "device", device);
	if (r == -ENOENT || r == -ENODEV) /* it is gone */
		return 0;
	if (r < 0 || !vprep_driver_is_vfio(io, driver))
		return r;
	r = vprep_steps_add(steps, &vprep_step_orphan_bind, device, &step);
	if (r < 0)
		return r;
	f = step->facts;
	f->driver = TAKE_PTR(driver);
	f->pci_id = (int64_t)(vendor << 16 | id);
	step->group = group;
	return 0;
}

static int fail(struct vprep_error *err, const struct vprep_step *step, int r,
		const char *doing)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device, "%s: cannot %s: %s",
			       step->device, doing, strerror(-r));
}

/* The modules that know the device, best first: what does not load is passed over. */
static void load_modules(struct vprep_io *io, const char *device)
{
	_cleanup_free_ char *alias = NULL;
	_cleanup_strv_ char **modules = NULL;
	size_t i;

	if (vprep_io_read(io, VPREP_SYS, &alias, DEVICE "modalias", device) < 0 ||
	    io->ops->resolve_alias(io, alias, &modules) < 0)
		return;
	for (i = 0; modules && modules[i]; i++)
		if (io->ops->load_module(io, modules[i]) == 0)
			return;
}

static int probe(struct vprep_io *io, const struct vprep_step *step,
		 struct vprep_error *err)
{
	_cleanup_free_ char *now = NULL;
	struct vprep_pci_address address;
	int r;

	load_modules(io, step->device);
	/* The write succeeds also where no driver takes the device. It fails where one may
	 * not have its DMA, and the kernel makes EINVAL of that (drivers/base/bus.c). */
	r = vprep_io_write(io, step->device, "bus/pci/drivers_probe");
	if (r == -EINVAL)
		return vprep_error_set(
			err, VPREP_E_FAILED, EINVAL, step->device,
			"%s: the kernel gives it to no driver of the host: a process may "
			"have its IOMMU group open, else see the kernel log",
			step->device);
	if (r == 0)
		r = vprep_pci_address_parse(step->device, &address);
	if (r == 0)
		r = vprep_pci_driver(io, address, &now);
	if (r < 0)
		return fail(err, step, r, "have a driver probe it");
	return now ? 0
		   : vprep_step_warn(err, step,
				     "no driver of this host takes it by itself; it has "
				     "none");
}

static int undo(struct vprep_io *io, const struct vprep_step *step,
		struct vprep_error *err)
{
	const struct orphan_facts *f = step->facts;
	_cleanup_free_ char *driver = NULL, *override = NULL;
	struct vprep_pci_address address;
	int r = vprep_step_is_of_device(io, step, f->pci_id, err);

	if (r <= 0)
		return r;
	r = vprep_pci_address_parse(step->device, &address);
	if (r == 0)
		r = vprep_pci_driver(io, address, &driver);
	if (r == 0)
		r = vprep_driver_override(io, address, &override);
	if (r < 0)
		return fail(err, step, r, "read its driver");
	if (driver && (!vprep_str_same(driver, f->driver) || !override))
		return 0;
	/* the override goes last: it tells who bound the device, should this be killed */
	if (driver) {
		r = vprep_io_write(io, step->device, "bus/pci/drivers/%s/unbind", driver);
		if (r < 0 && r != -ENODEV)
			return fail(err, step, r, "unbind it");
	}
	if (vprep_str_same(override, f->driver)) {
		r = vprep_io_write(io, "\n", DEVICE "driver_override", step->device);
		if (r < 0)
			return fail(err, step, r, "clear its driver_override");
	}
	return probe(io, step, err);
}

const struct vprep_step_kind vprep_step_orphan_bind = {
	.name = "orphan-bind",
	VPREP_FACTS(facts, orphan_facts),
	.text = "bound to {driver}, and what was before is not known",
	.undo_text = "clear driver_override, and let the kernel choose a driver",
	.child_undo = undo,
	.undo_deadline = VPREP_DEADLINE_UNBIND,
	.needs_closed = true,
	.may_be_open = vprep_step_may_be_open,
	.goes_with_device = true,
};
