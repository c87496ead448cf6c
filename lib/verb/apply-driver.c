// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices are on another driver than they are declared to be. */
#include "common/array.h"
#include "common/str.h"
#include "host/driver.h"
#include "verb/apply.h"

/* A host has few drivers for its many devices. */
static bool is_vfio(struct vprep_apply *apply, const char *driver)
{
	struct vprep_apply_driver *known;
	size_t i;

	for (i = 0; i < apply->n_drivers; i++)
		if (streq(apply->drivers[i].name, driver))
			return apply->drivers[i].is_vfio;
	known = vprep_array_add(apply->drivers, apply->n_drivers);
	if (!known) {
		apply->look.memory.failed = true;
		return false;
	}
	known->name = driver;
	known->is_vfio = vprep_driver_is_vfio(apply->session->io, driver);
	return known->is_vfio;
}

static bool is_bound(struct vprep_apply *apply,
		     const struct vprep_declared_device *declared, const char *driver)
{
	return declared->driver ? vprep_str_same(driver, declared->driver)
				: driver && is_vfio(apply, driver);
}

/* What an owner has is his until he gives it back. */
static int look_at_driver(struct vprep_apply *apply,
			  const struct vprep_declared_device *declared,
			  const struct vprep_pool_member *m)
{
	struct vprep_match_devices *devices = &apply->look.devices;
	struct vprep_apply_item *item;
	char *const *drivers = NULL;
	const char *driver;
	int r;

	vprep_apply_want(apply, m->name);
	r = vprep_match_values(devices, vprep_match_device_at(devices, m->address),
			       VPREP_MATCH_DRIVER, &drivers);
	if (r < 0)
		return r;
	driver = drivers ? drivers[0] : NULL;
	if (is_bound(apply, declared, driver) || vprep_apply_owner_of(apply, m->name))
		return 0;
	r = vprep_apply_add_if_other(apply, m->address);
	if (r != 0)
		return r < 0 ? r : 0;
	item = vprep_apply_add(apply, VPREP_APPLY_BIND, m->name,
			       "%s%s; declared to be on %s (@%s in %s)",
			       driver ? "on " : "no driver", driver ? driver : "",
			       declared->driver ? declared->driver
						: "a driver for guests",
			       declared->name, declared->file);
	if (item) {
		item->address = m->address;
		item->bind = declared;
	}
	return 0;
}

int vprep_apply_look_at_drivers(struct vprep_apply *apply,
				const struct vprep_declared_device *declared)
{
	struct vprep_pool_member *members;
	size_t i, n;
	int r;

	if (!declared->bind)
		return 0;
	r = vprep_pool_find(&apply->look, declared, &members, &n);
	for (i = 0; r == 0 && i < n; i++)
		r = look_at_driver(apply, declared, &members[i]);
	return r;
}
