// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices are on another driver than they are declared to be. */
#include <errno.h>
#include <stdlib.h>

#include "common/array.h"
#include "common/cleanup.h"
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
static int look_at_driver(struct vprep_apply *apply, struct vprep_match_device *device,
			  const struct vprep_declared_device *declared)
{
	struct vprep_apply_item *item;
	char *const *drivers = NULL;
	const char *driver;
	int r;

	vprep_apply_want(apply, device->text.s);
	r = vprep_match_values(&apply->look.devices, device, VPREP_MATCH_DRIVER,
			       &drivers);
	if (r < 0)
		return r;
	driver = drivers ? drivers[0] : NULL;
	if (is_bound(apply, declared, driver) ||
	    vprep_apply_owner_of(apply, device->text.s))
		return 0;
	r = vprep_apply_add_if_other(apply, device->address);
	if (r != 0)
		return r < 0 ? r : 0;
	item = vprep_apply_add(apply, VPREP_APPLY_BIND, device->text.s,
			       "%s%s; declared to be on %s (@%s in %s)",
			       driver ? "on " : "no driver", driver ? driver : "",
			       declared->driver ? declared->driver
						: "a driver for guests",
			       declared->name, declared->file);
	if (item) {
		item->address = device->address;
		item->bind = declared;
	}
	return 0;
}

/* ---- which name a device is bound by ---- */

static void add_conflict(struct vprep_apply *apply, const char *device,
			 const struct vprep_declared_device *first,
			 const struct vprep_declared_device *other)
{
	vprep_apply_add(apply, VPREP_APPLY_MISSING, device,
			"it cannot be on %s (@%s in %s) and on %s (@%s in %s): the first "
			"one counts; take boot = bind from the other",
			first->driver, first->name, first->file, other->driver,
			other->name, other->file);
}

/* @names: of each device of the look, the name that it is bound by. It may have several:
 * the first one that says by which driver, else the first one. */
static int note_name(struct vprep_apply *apply,
		     const struct vprep_declared_device *declared,
		     const struct vprep_declared_device **names)
{
	const struct vprep_match_device *devices = apply->look.devices.items;
	struct vprep_pool_member *members;
	size_t i, n = 0;
	int r = vprep_pool_find(&apply->look, declared, &members, &n);

	for (i = 0; r == 0 && i < n; i++) {
		const struct vprep_declared_device **name =
			&names[vprep_match_device_at(&apply->look.devices,
						     members[i].address) -
			       devices];

		if (!*name || (!(*name)->driver && declared->driver))
			*name = declared;
		else if (declared->driver && !streq((*name)->driver, declared->driver))
			add_conflict(apply, members[i].name, *name, declared);
	}
	return r;
}

int vprep_apply_look_at_drivers(struct vprep_apply *apply)
{
	const struct vprep_declared *declared = apply->declared;
	size_t i, n = apply->look.devices.n;
	_cleanup_free_ const struct vprep_declared_device **names =
		calloc(n + 1, sizeof(*names));
	int r = names ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < declared->n_devices; i++)
		if (declared->devices[i].bind)
			r = note_name(apply, &declared->devices[i], names);
	for (i = 0; r == 0 && i < n; i++)
		if (names[i])
			r = look_at_driver(apply, &apply->look.devices.items[i],
					   names[i]);
	return r;
}
