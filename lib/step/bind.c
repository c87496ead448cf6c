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
#include "config/config.h"
#include "plan/plan.h"
#include "step/bind.h"
#include "step/context.h"
#include "step/numvfs.h"
#include "step/pci.h"
#include "host/driver.h"
#include "host/pci.h"

#define DEVICE "bus/pci/devices/%s/"
/* Of undo: a child of a killed command may still finish its last write. */
#define ROUNDS 6
#define ROUND_PAUSE_MS 50
/* Of undo: the other device that a driver waits for may be given back just now, too. */
#define DEFERRED_MS 5000

const struct vprep_fact vprep_bind_facts[VPREP_BIND_FACTS] = {
	VPREP_FACT(vprep_bind_facts, driver, VPREP_TEXT),
	VPREP_FACT(vprep_bind_facts, was_driver, VPREP_TEXT),
	VPREP_FACT(vprep_bind_facts, was_module, VPREP_TEXT),
	VPREP_FACT(vprep_bind_facts, was_override, VPREP_TEXT),
	VPREP_FACT(vprep_bind_facts, was_power, VPREP_TEXT),
	VPREP_FACT(vprep_bind_facts, was_vfs, VPREP_NUMBER),
	VPREP_FACT(vprep_bind_facts, pci_id, VPREP_NUMBER),
};

/* ---- plan ---- */

void vprep_bind_plan(struct vprep_planning *p, const struct vprep_pci_device *pci,
		     const char *driver)
{
	struct vprep_bind_facts *f = vprep_plan_add(p);

	if (!f)
		return;
	f->pci_id = (int64_t)pci->vendor << 16 | pci->device;
	if (pci->n_vfs > 0)
		f->was_vfs = pci->n_vfs;
	vprep_plan_copy(p, &f->driver, driver);
	vprep_plan_copy(p, &f->was_driver, pci->driver);
	vprep_plan_copy(p, &f->was_module, pci->module);
	vprep_plan_copy(p, &f->was_override, pci->override);
	vprep_plan_copy(p, &f->was_power, pci->power);
}

static void plan_bind(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	if (vprep_member_action(m, p->options) == VPREP_ACTION_BIND)
		vprep_bind_plan(p, m->member->pci, m->choice.driver);
}

static void plan_placeholder(struct vprep_planning *p, const struct vprep_facts_member *m)
{
	enum vprep_action action = vprep_member_action(m, p->options);

	if (action == VPREP_ACTION_PLACEHOLDER || action == VPREP_ACTION_UNBIND)
		vprep_bind_plan(p, m->member->pci,
				action == VPREP_ACTION_UNBIND ? NULL : m->choice.driver);
}

/* ---- do ---- */

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

static int read_driver(const struct vprep_io *io, const struct vprep_step *step,
		       char **ret)
{
	struct vprep_pci_address address;

	if (vprep_pci_address_parse(step->device, &address) < 0)
		return -EINVAL;
	return vprep_pci_driver(io, address, ret);
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

	return r == -ENODEV ? 0 : r; /* it has left that driver already */
}

/* The kernel refuses a device that has a driver, as after a probe on another path that
 * was first: with EBUSY, and up to Linux 5.10 with ENODEV (drivers/base/bus.c). The
 * caller looks which driver it is. */
static int bind(struct vprep_io *io, const struct vprep_step *step, const char *driver)
{
	int r = vprep_io_write(io, step->device, "bus/pci/drivers/%s/bind", driver);

	return r < 0 && vprep_io_exists(io, VPREP_SYS, DEVICE "driver", step->device) == 1
		       ? 0
		       : r;
}

static const char *bind_trouble(int number)
{
	switch (number) {
	case ENODEV:
		return "the driver does not take this device";
	case EBUSY:
		return "something else took it meanwhile, or it has virtual functions";
	case EAGAIN: /* EPROBE_DEFER: device_driver_attach() in drivers/base/dd.c */
		return "the driver waits for another device that it needs";
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
	const struct vprep_bind_facts *f = step->facts;
	int r;

	if (f->was_vfs > 0) {
		r = vprep_step_set_numvfs(io, step, 0);
		if (r < 0)
			return fail(err, step, r, "remove the virtual functions of",
				    f->was_driver);
	}
	r = unbind(io, step, f->was_driver);
	return r < 0 ? fail(err, step, r, "unbind from", f->was_driver) : 0;
}

static int verify_bound(struct vprep_io *io, const struct vprep_step *step,
			struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	_cleanup_free_ char *now = NULL;
	int r = read_driver(io, step, &now);

	if (r < 0)
		return fail(err, step, r, "read back", "its driver");
	if (vprep_str_same(now, f->driver))
		return 0;
	return vprep_error_set(
		err, VPREP_E_FAILED, EIO, step->device,
		"%s is bound to %s after binding it to %s; see the kernel log",
		step->device, now ? now : "nothing", f->driver ? f->driver : "nothing");
}

/* The kernel itself sets an override only of a new VF whose PF has vfio-pci
 * (vfio_pci_bus_notifier()). A driver comes and goes without anybody's doing while it is
 * probed, or its module is loaded. */
static int check_unchanged(const struct vprep_step *step, const struct bound *now,
			   struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;

	if (!vprep_str_same(now->override, f->was_override))
		return vprep_error_set(
			err, VPREP_E_FAILED, VPREP_STEP_CHANGED_MEANWHILE, step->device,
			"%s: its driver_override was changed by somebody else meanwhile; "
			"try again",
			step->device);
	if (!vprep_str_same(now->driver, f->was_driver))
		return vprep_error_set(
			err, VPREP_E_FAILED, VPREP_STEP_LOOK_AGAIN, step->device,
			"%s: its driver changes all the time: it was %s, and is %s; see "
			"the kernel log, and who else binds it",
			step->device, f->was_driver ? f->was_driver : "none",
			now->driver ? now->driver : "none");
	return 0;
}

int vprep_bind_do(struct vprep_io *io, const struct vprep_step *step,
		  struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	_cleanup_(bound_done) struct bound now = { 0 };
	int r;

	r = read_bound(io, step, &now);
	if (r < 0)
		return fail(err, step, r, "read", "its driver");
	r = check_unchanged(step, &now, err);
	if (r < 0)
		return r;
	if (f->driver) {
		r = write_override(io, step, f->driver);
		if (r < 0)
			return fail(err, step, r, "set driver_override to", f->driver);
	}
	if (f->was_driver) {
		r = take_from_driver(io, step, err);
		if (r < 0)
			return r;
	}
	if (f->driver) {
		r = bind(io, step, f->driver);
		if (r < 0)
			return fail(err, step, r, "bind to", f->driver);
	}
	return verify_bound(io, step, err);
}

/* ---- undo ---- */

static int load_old_driver(struct vprep_io *io, const struct vprep_step *step)
{
	const struct vprep_bind_facts *f = step->facts;
	if (!f->was_module ||
	    vprep_io_exists(io, VPREP_SYS, "bus/pci/drivers/%s", f->was_driver))
		return 0;
	return io->ops->load_module(io, f->was_module);
}

static int bind_when_it_can(struct vprep_io *io, const struct vprep_step *step,
			    const char *driver)
{
	int64_t end = vprep_now_ms() + DEFERRED_MS;
	int r;

	while ((r = bind(io, step, driver)) == -EAGAIN && vprep_now_ms() < end)
		vprep_sleep_ms(ROUND_PAUSE_MS);
	return r;
}

static int bind_back(struct vprep_io *io, const struct vprep_step *step,
		     struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	int r;

	r = load_old_driver(io, step);
	if (r < 0)
		return fail(err, step, r, "load the module of", f->was_driver);
	/* The override makes the device go to no other driver, and lets a VF bind where
	 * sriov_drivers_autoprobe is off. */
	r = write_override(io, step, f->was_driver);
	if (r < 0)
		return fail(err, step, r, "set driver_override to", f->was_driver);
	r = bind_when_it_can(io, step, f->was_driver);
	return r < 0 && r != -EBUSY ? fail(err, step, r, "bind to", f->was_driver) : 0;
}

/* Once the driver is right: what stands beside it. */
static int restore_rest(struct vprep_io *io, const struct vprep_step *step,
			const struct bound *now, struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	_cleanup_free_ char *power = NULL;
	int r;

	if (!vprep_str_same(now->override, f->was_override)) {
		r = write_override(io, step, f->was_override);
		if (r < 0)
			return fail(err, step, r, "restore", "driver_override");
	}
	if (f->was_vfs > 0 &&
	    !vprep_io_exists(io, VPREP_SYS, DEVICE "virtfn0", step->device)) {
		r = vprep_step_set_numvfs(io, step, f->was_vfs);
		if (r < 0)
			return fail(err, step, r, "restore", "its virtual functions");
	}
	if (!f->was_power ||
	    vprep_io_read(io, VPREP_SYS, &power, DEVICE "power/control", step->device) <
		    0 ||
	    streq(power, f->was_power))
		return 0;
	/* vfio-pci sets auto and leaves on, whatever was there */
	r = vprep_io_write(io, f->was_power, DEVICE "power/control", step->device);
	return r < 0 ? fail(err, step, r, "restore", "power/control") : 0;
}

/* The override that we set for good, or for the way back. */
static bool is_our_override(const struct vprep_step *step, const char *override)
{
	const struct vprep_bind_facts *f = step->facts;
	return override && (vprep_str_same(override, f->driver) ||
			    vprep_str_same(override, f->was_driver));
}

static int leave_foreign_driver(struct vprep_io *io, const struct vprep_step *step,
				const struct bound *now, struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	if (f->driver && vprep_str_same(now->override, f->driver))
		write_override(io, step, f->was_override);
	return vprep_step_warn(err, step,
			       "somebody else bound it to another driver meanwhile; left "
			       "as it is");
}

/* The override stays what it was, so only the driver is read again. */
static int leave_our_driver(struct vprep_io *io, const struct vprep_step *step,
			    struct bound *now, struct vprep_error *err)
{
	int r = unbind(io, step, now->driver);

	if (r < 0)
		return fail(err, step, r, "unbind from", now->driver);
	free(now->driver);
	now->driver = NULL;
	r = read_driver(io, step, &now->driver);
	return r < 0 ? fail(err, step, r, "read", "its driver") : 0;
}

static int leave_override(const struct vprep_step *step, struct vprep_error *err)
{
	vprep_step_warn(err, step,
			"somebody else changed its driver_override meanwhile; left as it "
			"is");
	return 1;
}

/* One move towards the old state. 1: there; 0: look again. */
static int undo_move(struct vprep_io *io, const struct vprep_step *step,
		     struct bound *now, struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	bool override_known = vprep_str_same(now->override, f->was_override) ||
			      is_our_override(step, now->override);
	int r;

	if (vprep_str_same(now->driver, f->was_driver)) {
		if (!override_known)
			return leave_override(step, err);
		r = restore_rest(io, step, now, err);
		return r < 0 ? r : 1;
	}
	if (now->driver && !vprep_str_same(now->driver, f->driver)) {
		r = leave_foreign_driver(io, step, now, err);
		return r < 0 ? r : 1;
	}
	if (!override_known)
		return leave_override(step, err);
	if (now->driver) {
		r = leave_our_driver(io, step, now, err);
		if (r < 0 || now->driver)
			return r;
	}
	if (f->was_driver)
		return bind_back(io, step, err);
	r = restore_rest(io, step, now, err);
	return r < 0 ? r : 1;
}

int vprep_bind_undo(struct vprep_io *io, const struct vprep_step *step,
		    struct vprep_error *err)
{
	const struct vprep_bind_facts *f = step->facts;
	_cleanup_(bound_done) struct bound now = { 0 };
	int i, r;

	r = vprep_step_is_of_device(io, step, f->pci_id, err);
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
		step->device, f->was_driver ? f->was_driver : "no driver",
		now.driver ? now.driver : "nothing");
}

/* ---- compare ---- */

static int compare(const struct vprep_io *io, const struct vprep_step *step,
		   struct vprep_drift *drift)
{
	const struct vprep_bind_facts *f = step->facts;
	int r = vprep_step_compare_device(io, step, f->pci_id, drift);

	return r < 0 || drift->gone
		       ? r
		       : vprep_step_compare_driver(io, step, f->driver, drift);
}

#define BIND(called, plan, placeholder)                                                  \
	{                                                                                \
		.name = (called), VPREP_FACTS(vprep_bind_facts, vprep_bind_facts),       \
		.plan_member = (plan),                                                   \
		.text = "{was_driver|(unbound)} -> {driver|(unbound)}",                  \
		.undo_text =                                                             \
			"back to {was_driver|(unbound)}, driver_override "               \
			"{was_override|(unset)}, power/control {was_power|as it is}",    \
		.child_do = vprep_bind_do, .child_undo = vprep_bind_undo,                \
		.do_deadline = VPREP_DEADLINE_BIND,                                      \
		.undo_deadline = VPREP_DEADLINE_UNBIND, .needs_closed = true,            \
		.may_be_open = vprep_step_may_be_open, .goes_with_device = true,         \
		.is_placeholder = (placeholder), .is_for_guest = (placeholder),          \
		.compare = compare,                                                      \
	}

/* A device of the request. */
const struct vprep_step_kind vprep_step_bind = BIND("driver-bind", plan_bind, false);
/* Another member of its group, which is bound only so that the group is viable. */
const struct vprep_step_kind vprep_step_placeholder =
	BIND("placeholder-bind", plan_placeholder, true);
