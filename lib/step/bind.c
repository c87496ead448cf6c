// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Binding a PCI device to the driver for guests, and back. The order is the kernel's:
 * driver_override, unbind, bind, and the driver link read back, as none of the writes
 * tells what they caused.
 *
 * I1  At undo the device is where we left it, on its way, or where it was; anything else
 *     belongs to somebody else.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "step/step.h"
#include "host/driver.h"
#include "host/pci.h"

#define DEVICE "bus/pci/devices/%s/"
/* Of undo: a child of a killed command may still finish its last write. */
#define ROUNDS 6
#define ROUND_PAUSE_MS 50

struct bound {
	char *driver;
	char *override;
};

static void bound_done(struct bound *b)
{
	free(b->driver);
	free(b->override);
	*b = (struct bound){ 0 };
}

static int read_bound(const struct vprep_io *io, const struct vprep_step *step,
		      struct bound *ret)
{
	struct vprep_pci_address address;
	struct bound b = { 0 };
	int r;

	if (vprep_pci_address_parse(step->device, &address) < 0)
		return -EINVAL;
	r = vprep_driver_override(io, address, &b.override);
	if (r == 0)
		r = vprep_pci_driver(io, address, &b.driver);
	if (r < 0) {
		bound_done(&b);
		return r;
	}
	bound_done(ret);
	*ret = b;
	return 0;
}

static int write_override(struct vprep_io *io, const struct vprep_step *step,
			  const char *driver)
{
	/* A zero-length write changes nothing: a newline clears it. */
	return vprep_io_write(io, driver ? driver : "\n", DEVICE "driver_override",
			      step->device);
}

static int unbind(struct vprep_io *io, const struct vprep_step *step, const char *driver)
{
	int r = vprep_io_write(io, step->device, "bus/pci/drivers/%s/unbind", driver);

	return r == -ENODEV ? 0 : r; /* it is not bound to it any more: read back tells */
}

static int bind(struct vprep_io *io, const struct vprep_step *step, const char *driver)
{
	return vprep_io_write(io, step->device, "bus/pci/drivers/%s/bind", driver);
}

static int write_vfs(struct vprep_io *io, const struct vprep_step *step, int64_t n)
{
	_cleanup_free_ char *text = vprep_strf("%" PRId64, n);

	return text ? vprep_io_write(io, text, DEVICE "sriov_numvfs", step->device)
		    : -ENOMEM;
}

static const char *bind_trouble(int number)
{
	switch (number) {
	case ENODEV:
		return "the driver does not take this device";
	case EBUSY:
		return "something else took it meanwhile, or it has virtual functions";
	case EINVAL:
		return "the driver refuses this device (denied by the kernel, or no "
		       "coherent IOMMU)";
	default:
		return strerror(number);
	}
}

static int fail(struct vprep_error *err, const struct vprep_step *step, int r,
		const char *doing, const char *driver)
{
	return vprep_error_set(err, VPREP_E_FAILED, -r, step->device,
			       "%s: cannot %s %s: %s", step->device, doing, driver,
			       streq(doing, "bind to") ? bind_trouble(-r) : strerror(-r));
}

static int take_from_driver(struct vprep_io *io, const struct vprep_step *step,
			    struct vprep_error *err)
{
	int r;

	if (step->was_vfs > 0) {
		r = write_vfs(io, step, 0);
		if (r < 0)
			return fail(err, step, r, "remove the virtual functions of",
				    step->was_driver);
	}
	r = unbind(io, step, step->was_driver);
	return r < 0 ? fail(err, step, r, "unbind from", step->was_driver) : 0;
}

static int verify_bound(struct vprep_io *io, const struct vprep_step *step,
			struct bound *now, struct vprep_error *err)
{
	int r = read_bound(io, step, now);

	if (r < 0)
		return fail(err, step, r, "read back", "its driver");
	if (vprep_str_same(now->driver, step->driver))
		return 0;
	return vprep_error_set(
		err, VPREP_E_FAILED, EIO, step->device,
		"%s is bound to %s after binding it to %s; see the kernel log",
		step->device, now->driver ? now->driver : "nothing",
		step->driver ? step->driver : "nothing");
}

int vprep_bind_do(struct vprep_io *io, void *data, struct vprep_error *err)
{
	_cleanup_(bound_done) struct bound now = { 0 };
	const struct vprep_step *step = data;
	int r;

	r = read_bound(io, step, &now);
	if (r < 0)
		return fail(err, step, r, "read", "its driver");
	if (!vprep_str_same(now.driver, step->was_driver) ||
	    !vprep_str_same(now.override, step->was_override))
		return vprep_error_set(
			err, VPREP_E_FAILED, VPREP_STEP_CHANGED_MEANWHILE, step->device,
			"%s: its driver or driver_override was changed by somebody "
			"else meanwhile; try again",
			step->device);
	if (step->driver) {
		r = write_override(io, step, step->driver);
		if (r < 0)
			return fail(err, step, r, "set driver_override to", step->driver);
	}
	if (step->was_driver) {
		r = take_from_driver(io, step, err);
		if (r < 0)
			return r;
	}
	if (step->driver) {
		r = bind(io, step, step->driver);
		/* EBUSY also when a probe on another path was first: the link decides */
		if (r < 0 && r != -EBUSY)
			return fail(err, step, r, "bind to", step->driver);
	}
	return verify_bound(io, step, &now, err);
}

static int load_old_driver(struct vprep_io *io, const struct vprep_step *step)
{
	if (!step->was_module ||
	    vprep_io_exists(io, VPREP_SYS, "bus/pci/drivers/%s", step->was_driver))
		return 0;
	return io->ops->load_module(io, step->was_module);
}

static int bind_back(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	int r;

	r = load_old_driver(io, step);
	if (r < 0)
		return fail(err, step, r, "load the module of", step->was_driver);
	/* The override makes the device go to no other driver, and lets a VF bind where
	 * sriov_drivers_autoprobe is off. */
	r = write_override(io, step, step->was_driver);
	if (r < 0)
		return fail(err, step, r, "set driver_override to", step->was_driver);
	r = bind(io, step, step->was_driver);
	return r < 0 && r != -EBUSY ? fail(err, step, r, "bind to", step->was_driver) : 0;
}

/* Once the driver is right: what stands beside it. */
static int restore_rest(struct vprep_io *io, const struct vprep_step *step,
			const struct bound *now, struct vprep_error *err)
{
	_cleanup_free_ char *power = NULL;
	int r;

	if (!vprep_str_same(now->override, step->was_override)) {
		r = write_override(io, step, step->was_override);
		if (r < 0)
			return fail(err, step, r, "restore", "driver_override");
	}
	if (step->was_vfs > 0 &&
	    !vprep_io_exists(io, VPREP_SYS, DEVICE "virtfn0", step->device)) {
		r = write_vfs(io, step, step->was_vfs);
		if (r < 0)
			return fail(err, step, r, "restore", "its virtual functions");
	}
	if (!step->was_power ||
	    vprep_io_read(io, VPREP_SYS, &power, DEVICE "power/control", step->device) <
		    0 ||
	    streq(power, step->was_power))
		return 0;
	/* vfio-pci sets auto and leaves on, whatever was there */
	r = vprep_io_write(io, step->was_power, DEVICE "power/control", step->device);
	return r < 0 ? fail(err, step, r, "restore", "power/control") : 0;
}

static void warn(struct vprep_error *err, const struct vprep_step *step, const char *what)
{
	vprep_error_set(err, VPREP_OK, 0, step->device, "%s: %s; left as it is",
			step->device, what);
}

/* The override that we set for good, or for the way back. */
static bool is_our_override(const struct vprep_step *step, const char *override)
{
	return override && (vprep_str_same(override, step->driver) ||
			    vprep_str_same(override, step->was_driver));
}

static int leave_foreign_driver(struct vprep_io *io, const struct vprep_step *step,
				const struct bound *now, struct vprep_error *err)
{
	if (step->driver && vprep_str_same(now->override, step->driver))
		write_override(io, step, step->was_override);
	warn(err, step, "somebody else bound it to another driver meanwhile");
	return 0;
}

/* One move towards the old state. 1: there; 0: look again. */
static int undo_move(struct vprep_io *io, const struct vprep_step *step,
		     const struct bound *now, struct vprep_error *err)
{
	bool override_known = vprep_str_same(now->override, step->was_override) ||
			      is_our_override(step, now->override);
	int r;

	if (vprep_str_same(now->driver, step->was_driver)) {
		if (!override_known) {
			warn(err, step,
			     "somebody else changed its driver_override meanwhile");
			return 1;
		}
		r = restore_rest(io, step, now, err);
		return r < 0 ? r : 1;
	}
	if (now->driver && !vprep_str_same(now->driver, step->driver)) {
		r = leave_foreign_driver(io, step, now, err);
		return r < 0 ? r : 1;
	}
	if (!override_known) {
		warn(err, step, "somebody else changed its driver_override meanwhile");
		return 1;
	}
	if (now->driver) {
		r = unbind(io, step, now->driver);
		return r < 0 ? fail(err, step, r, "unbind from", now->driver) : 0;
	}
	return bind_back(io, step, err);
}

int vprep_step_is_of_device(struct vprep_io *io, const struct vprep_step *step,
			    struct vprep_error *err)
{
	uint64_t vendor, device;
	int r;

	r = vprep_io_read_u64(io, VPREP_SYS, 16, &vendor, DEVICE "vendor", step->device);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 16, &device, DEVICE "device",
				      step->device);
	if (r == -ENOENT || r == -ENODEV) {
		warn(err, step, "it is not there any more");
		return 0;
	}
	if (r < 0)
		return fail(err, step, r, "read", "its identity");
	if ((int64_t)(vendor << 16 | device) != step->pci_id) {
		warn(err, step, "another device is at this address now");
		return 0;
	}
	return 1;
}

int vprep_bind_undo(struct vprep_io *io, void *data, struct vprep_error *err)
{
	_cleanup_(bound_done) struct bound now = { 0 };
	const struct vprep_step *step = data;
	int i, r;

	r = vprep_step_is_of_device(io, step, err);
	if (r <= 0)
		return r;
	for (i = 0; i < ROUNDS; i++) {
		if (i > 2) /* three moves are the way; what comes then needs time */
			vprep_sleep_ms(ROUND_PAUSE_MS);
		r = read_bound(io, step, &now);
		if (r < 0)
			return fail(err, step, r, "read", "its driver");
		r = undo_move(io, step, &now, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return vprep_error_set(
		err, VPREP_E_FAILED, EIO, step->device,
		"%s does not go back to %s: it is bound to %s; a process may have its IOMMU group open, else see the kernel log",
		step->device, step->was_driver ? step->was_driver : "no driver",
		now.driver ? now.driver : "nothing");
}
