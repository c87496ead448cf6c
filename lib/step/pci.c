// SPDX-License-Identifier: GPL-2.0-or-later
#include "step/pci.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/driver.h"

#define DEVICE "bus/pci/devices/%s/"

static int warn(struct vprep_error *err, const char *device, const char *what)
{
	vprep_error_set(err, VPREP_OK, 0, device, "%s: %s; left as it is", device, what);
	return 0;
}

int vprep_step_is_of_device(struct vprep_io *io, const struct vprep_step *step,
			    int64_t pci_id, struct vprep_error *err)
{
	uint64_t vendor, device;
	int r;

	r = vprep_io_read_u64(io, VPREP_SYS, 16, &vendor, DEVICE "vendor", step->device);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 16, &device, DEVICE "device",
				      step->device);
	if (r == -ENOENT || r == -ENODEV)
		return warn(err, step->device, "it is not there any more");
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "%s: cannot read its identity: %s", step->device,
				       strerror(-r));
	if ((int64_t)(vendor << 16 | device) != pci_id)
		return warn(err, step->device, "another device is at this address now");
	return 1;
}

int vprep_step_write_number(struct vprep_io *io, const struct vprep_step *step,
			    const char *attribute, int64_t number)
{
	_cleanup_free_ char *text = vprep_strf("%" PRId64, number);

	return text ? vprep_io_write(io, text, DEVICE "%s", step->device, attribute)
		    : -ENOMEM;
}

bool vprep_step_may_be_open(const struct vprep_io *io, const struct vprep_step *step)
{
	const char *driver = vprep_step_text(step, "driver");

	return driver && vprep_driver_may_be_open(io, driver);
}
