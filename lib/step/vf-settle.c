// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF has its driver when the kernel returns from making it only where that driver is
 * loaded and is not probed asynchronously. Else udevd loads the module when it comes to
 * the VF's event, and the probe follows.
 */
#include "step/vf-settle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/str.h"
#include "host/driver.h"
#include "host/pci.h"
#include "host/sriov.h"
#include "io/job.h"
#include "udev/udevd.h"

#define DEVICE "bus/pci/devices/%s/"
#define POLL_MS 20
/* An asynchronous probe of a driver that is loaded has begun by then. */
#define BEGIN_MS 1000
#define PROBE_S_MIN 1

struct settling {
	const struct vprep_step_context *context;
	char **modules;		      /* that are for such VFs */
	struct vprep_udevd_wait *vfs; /* without a driver, of which one may come */
	size_t n;
	size_t n_made;
	struct vprep_pci_address *made; /* all VFs */
	int64_t end;
	int64_t moved; /* when the last driver came, or could begin to */
};

static void settling_done(struct settling *s)
{
	vprep_strv_free(s->modules);
	free(s->vfs);
	free(s->made);
}

static bool has_driver(const struct vprep_io *io, const char *vf)
{
	return vprep_io_exists(io, VPREP_SYS, DEVICE "driver", vf) == 1;
}

static int find_vfs(struct settling *s, const char *pf)
{
	const struct vprep_io *io = s->context->io;
	_cleanup_free_ unsigned *numbers = NULL;
	size_t i, n;
	int r = vprep_pf_vf_numbers(io, pf, &numbers, &n);

	if (r < 0)
		return r;
	s->vfs = calloc(n + 1, sizeof(*s->vfs));
	s->made = calloc(n + 1, sizeof(*s->made));
	if (!s->vfs || !s->made)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (vprep_pf_vf(io, pf, numbers[i], &s->made[s->n_made]) < 0)
			continue;
		snprintf(s->vfs[s->n].name, sizeof(s->vfs->name), "%s",
			 vprep_pci_address_text(s->made[s->n_made++]).s);
		s->n += !has_driver(io, s->vfs[s->n].name);
	}
	return 0;
}

/* All VFs of a PF are of one kind. */
static int find_modules(struct settling *s)
{
	struct vprep_io *io = s->context->io;
	_cleanup_free_ char *modalias = NULL;
	int r = vprep_io_read(io, VPREP_SYS, &modalias, DEVICE "modalias",
			      s->vfs[0].name);

	if (r < 0)
		return r;
	return io->ops->resolve_alias(io, modalias, &s->modules);
}

/* ---- what may still come ---- */

enum module_state {
	MODULE_ABSENT,
	MODULE_COMING, /* its init runs, and probes devices */
	MODULE_LIVE,   /* or built in */
};

static enum module_state state_of(const struct vprep_io *io, const char *module)
{
	_cleanup_free_ char *state = NULL;

	if (vprep_io_exists(io, VPREP_SYS, "module/%s", module) != 1)
		return MODULE_ABSENT;
	if (vprep_io_read(io, VPREP_SYS, &state, "module/%s/initstate", module) < 0)
		return MODULE_LIVE;
	return streq(state, "coming") ? MODULE_COMING : MODULE_LIVE;
}

static enum module_state furthest_state(const struct settling *s)
{
	enum module_state furthest = MODULE_ABSENT;
	size_t i;

	for (i = 0; s->modules[i]; i++) {
		enum module_state state = state_of(s->context->io, s->modules[i]);

		if (state == MODULE_COMING)
			return state;
		if (state > furthest)
			furthest = state;
	}
	return furthest;
}

/* Drops the VFs that have their driver by now, or are gone. */
static void drop_bound(struct settling *s)
{
	const struct vprep_io *io = s->context->io;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (!has_driver(io, s->vfs[i].name) &&
		    vprep_io_exists(io, VPREP_SYS, DEVICE, s->vfs[i].name) == 1)
			s->vfs[n++] = s->vfs[i];
	if (n < s->n)
		s->moved = vprep_now_ms();
	s->n = n;
}

/* udevd has loaded the module, if it does, when it has handled the device. */
static int hear_udevd(struct settling *s, bool *ret_all)
{
	const struct vprep_step_context *context = s->context;
	int r;

	*ret_all = true;
	if (!context->monitor)
		return 0;
	r = vprep_udevd_monitor_wait(context->monitor, s->vfs, s->n, POLL_MS,
				     context->interrupted, context->interrupted_data);
	*ret_all = r == 0;
	return r == -ETIMEDOUT ? 0 : r;
}

/* 1: no driver comes to those that are left. */
static int wait_a_little(struct settling *s)
{
	enum module_state state;
	bool heard;
	int r = hear_udevd(s, &heard);

	if (r < 0 || !heard)
		return r;
	state = furthest_state(s);
	if (state == MODULE_ABSENT)
		return 1;
	if (state == MODULE_COMING)
		s->moved = vprep_now_ms();
	vprep_sleep_ms(POLL_MS);
	return vprep_now_ms() >= s->moved + BEGIN_MS;
}

static int wait_for_drivers(struct settling *s)
{
	int r = 0;

	while (r == 0) {
		drop_bound(s);
		if (s->n == 0)
			return 0;
		if (vprep_now_ms() >= s->end)
			return -ETIMEDOUT;
		if (vprep_step_is_interrupted(s->context))
			return -EINTR;
		r = wait_a_little(s);
	}
	return r < 0 ? r : 0;
}

/* ---- a driver's link appears before its probe begins ---- */

/*
 * Waits for the device's lock, which a probe holds. Who reads driver_override waits for
 * it, but no longer since Linux 7.1 and its counterparts in stable series (6.18): there,
 * who binds a device to the driver that it has waits, and is refused (drivers/base/bus.c).
 */
static void wait_for_lock(struct vprep_io *io, struct vprep_pci_address vf)
{
	struct vprep_pci_text text = vprep_pci_address_text(vf);
	_cleanup_free_ char *override = NULL, *driver = NULL;

	vprep_driver_override(io, vf, &override);
	if (vprep_pci_driver(io, vf, &driver) == 0 && driver)
		vprep_io_write(io, text.s, "bus/pci/drivers/%s/bind", driver);
}

/* In a child process, as the probes may take long. */
static int wait_for_locks(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	const struct settling *s = data;
	size_t i;

	(void)ret_err;
	for (i = 0; i < s->n_made; i++)
		wait_for_lock(io, s->made[i]);
	return 0;
}

static int wait_for_probes(struct settling *s)
{
	int64_t left = (s->end - vprep_now_ms()) / 1000;
	struct vprep_job job = { .run = wait_for_locks,
				 .data = s,
				 .deadline = left > PROBE_S_MIN ? (unsigned)left
								: PROBE_S_MIN };
	struct vprep_jobs jobs = {
		.jobs = &job,
		.n = 1,
		.parallel = 1,
		/* whoever works on the journal next waits for a write that comes late */
		.hold = s->context->journal->work,
		.interrupted = s->context->interrupted,
		.interrupted_data = s->context->interrupted_data,
	};

	return vprep_jobs_run(s->context->io, &jobs);
}

static int settle(struct settling *s, const char *pf)
{
	int r = find_vfs(s, pf);

	if (r == 0 && s->n > 0)
		r = find_modules(s);
	if (r == 0 && s->n > 0 && s->modules[0])
		r = wait_for_drivers(s);
	return r == 0 && s->n_made > 0 ? wait_for_probes(s) : r;
}

int vprep_vfs_settle(const struct vprep_step_context *context, const char *pf,
		     int64_t milliseconds, struct vprep_error *err)
{
	_cleanup_(settling_done) struct settling s = { .context = context };
	uint64_t autoprobe;
	int r;

	if (vprep_io_read_u64(context->io, VPREP_SYS, 10, &autoprobe,
			      DEVICE "sriov_drivers_autoprobe", pf) == 0 &&
	    autoprobe == 0)
		return 0;
	s.moved = vprep_now_ms();
	s.end = s.moved + milliseconds;
	r = settle(&s, pf);
	if (vprep_step_is_interrupted(context))
		return vprep_error_set(
			err, VPREP_E_FAILED, EINTR, pf,
			"interrupted by a signal; everything was rolled back");
	if (r < 0)
		vprep_step_log(context, VPREP_LOG_WARNING,
			       "%s: its VFs are made, but it is not known whether their "
			       "drivers are bound by now: %s",
			       pf,
			       r == -ETIMEDOUT ? "that did not end within the deadline"
					       : strerror(-r));
	return 0;
}
