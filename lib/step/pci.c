// SPDX-License-Identifier: GPL-2.0-or-later
#include "step/pci.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/cdev.h"
#include "host/driver.h"
#include "host/pci.h"
#include "step/context.h"

#define DEVICE "bus/pci/devices/%s/"

/* -ENODEV: there is no such device. */
static int read_id(const struct vprep_io *io, const char *name, int64_t *ret)
{
	struct vprep_pci_identity identity;
	int r = vprep_pci_identity_read(io, name, &identity);

	if (r == 0)
		*ret = (int64_t)identity.vendor << 16 | identity.device;
	return r;
}

int vprep_step_is_of_device(struct vprep_io *io, const struct vprep_step *step,
			    int64_t pci_id, struct vprep_error *err)
{
	int64_t now = 0;
	int r = read_id(io, step->device, &now);

	if (r == -ENODEV)
		return vprep_step_warn(err, step,
				       "it is not there any more; left as it is");
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
				       "%s: cannot read its identity: %s", step->device,
				       strerror(-r));
	if (now != pci_id)
		return vprep_step_warn(
			err, step,
			"another device is at this address now; left as it is");
	return 1;
}

int vprep_step_compare_device(const struct vprep_io *io, const struct vprep_step *step,
			      int64_t pci_id, struct vprep_drift *drift)
{
	int64_t now = 0;
	int r = read_id(io, step->device, &now);

	if (r == -ENODEV) {
		drift->gone = true;
		return vprep_drift_add(drift, VPREP_DRIFT_LOST,
				       "it is not there any more");
	}
	if (r < 0 || pci_id < 0 || now == pci_id)
		return r;
	return vprep_drift_add(drift, VPREP_DRIFT_LOST,
			       "another device is at this address, %04" PRIx64
			       ":%04" PRIx64 " instead of %04" PRIx64 ":%04" PRIx64,
			       now >> 16, now & 0xffff, pci_id >> 16, pci_id & 0xffff);
}

int vprep_step_compare_driver(const struct vprep_io *io, const struct vprep_step *step,
			      const char *driver, struct vprep_drift *drift)
{
	_cleanup_free_ char *now = NULL;
	struct vprep_pci_address address;
	int r = vprep_pci_address_parse(step->device, &address);

	if (r == 0)
		r = vprep_pci_driver(io, address, &now);
	if (r < 0 || vprep_str_same(now, driver))
		return r == -ENOENT ? 0 : r;
	return now ? vprep_drift_add(drift, VPREP_DRIFT_LOST, "its driver is %s, not %s",
				     now, driver ? driver : "none")
		   : vprep_drift_add(drift, VPREP_DRIFT_LOST, "it has no driver, not %s",
				     driver);
}

int vprep_step_write_number(struct vprep_io *io, const struct vprep_step *step,
			    const char *attribute, int64_t number)
{
	_cleanup_free_ char *text = vprep_strf("%" PRId64, number);

	return text ? vprep_io_write(io, text, DEVICE "%s", step->device, attribute)
		    : -ENOMEM;
}

bool vprep_step_may_be_open(const struct vprep_io *io, const struct vprep_step *step,
			    struct vprep_open_look *look)
{
	const char *driver = vprep_step_text(step, "driver");
	_cleanup_free_ char *cdev = NULL;

	if (!driver)
		return false;
	if (!look->is_asked)
		look->has_device_nodes = vprep_vfio_nodes_read(io).devices;
	look->is_asked = true;
	/* who has the device's own node open need not use the device yet: the driver's
	 * module does not know, but the unbinding waits */
	if (look->has_device_nodes &&
	    (vprep_cdev_find(io, step->device, &cdev) < 0 || cdev))
		return true;
	if (vprep_str_same(look->unused_driver, driver))
		return false;
	if (vprep_driver_may_be_open(io, driver))
		return true;
	look->unused_driver = driver;
	return false;
}
