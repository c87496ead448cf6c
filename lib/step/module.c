// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a kernel module. There is no undo: others may use it by then. */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "step/step.h"

int vprep_module_do(struct vprep_io *io, void *data, struct vprep_error *err)
{
	const struct vprep_step *step = data;
	int r = io->ops->load_module(io, step->device);

	if (r < 0)
		return vprep_error_set(
			err, VPREP_E_REFUSED, -r, step->device,
			"cannot load kernel module %s (driver %s): %s; see what "
			"'modprobe -v %s' says",
			step->device, step->driver, strerror(-r), step->device);
	if (vprep_io_exists(io, VPREP_SYS, "bus/pci/drivers/%s", step->driver) == 1)
		return 0;
	return vprep_error_set(err, VPREP_E_REFUSED, ENODEV, step->device,
			       "kernel module %s is loaded, but brought no PCI driver %s",
			       step->device, step->driver);
}
