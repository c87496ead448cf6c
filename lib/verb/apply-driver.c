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

/* Those words of its name that the device fits now. */
static int find_known_by(struct vprep_apply *apply, struct vprep_match_device *device,
			 struct vprep_apply_item *item)
{
	const struct vprep_declared_device *declared = item->bind;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < declared->n_matches; i++)
		r = vprep_match_fits(&apply->look.devices, &declared->matches[i], NULL,
				     device);
	if (r == 1)
		item->known_by = vprep_pool_take(
			&apply->look.memory, vprep_match_text(&declared->matches[i - 1]));
	return r < 0 ? r : 0;
}

/* Who has changed how many VFs a card has, has them all. */
static int is_owned(struct vprep_apply *apply, struct vprep_match_device *device)
{
	char *const *pf = NULL;
	const struct vprep_owner *owner = NULL;
	int r = vprep_match_values(&apply->look.devices, device, VPREP_MATCH_PF, &pf);

	if (r == 0 && pf)
		owner = vprep_owners_of_vfs(&apply->owners, pf[0]);
	return r < 0 ? r
		     : vprep_apply_owner_of(apply, device->text.s) ||
			       (owner &&
				!streq(owner->journal->id, VPREP_OWNER_DECLARED));
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
	if (is_bound(apply, declared, driver))
		return 0;
	r = is_owned(apply, device);
	if (r == 0)
		r = vprep_apply_add_if_other(apply, device->address);
	if (r != 0)
		return r < 0 ? r : 0;
	item = vprep_apply_add(apply, VPREP_APPLY_BIND, device->text.s,
			       "%s%s; declared to be on %s (@%s in %s)",
			       driver ? "on " : "no driver", driver ? driver : "",
			       declared->driver ? declared->driver
						: "a driver for guests",
			       declared->name, declared->file);
	if (!item)
		return 0;
	item->address = device->address;
	item->bind = declared;
	return find_known_by(apply, device, item);
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

/* A device may have several names: the first one that says by which driver counts, else
 * the first one. */
static void note_name(struct vprep_apply *apply, struct vprep_pci_address address,
		      const struct vprep_declared_device *declared,
		      const struct vprep_declared_device **names)
{
	const struct vprep_match_device *device =
		vprep_match_device_at(&apply->look.devices, address);
	const struct vprep_declared_device **name =
		&names[device - apply->look.devices.items];

	if (!*name || (!(*name)->driver && declared->driver))
		*name = declared;
	else if (declared->driver && !streq((*name)->driver, declared->driver))
		add_conflict(apply, device->text.s, *name, declared);
}

/* 1: the device is on the driver that apply has bound it to, and fits that match but for
 * what its own driver alone shows. 0: else, or it fits as it is. */
static int fits_but_for_driver(struct vprep_apply *apply, const struct vprep_step *claim,
			       const struct vprep_match *match,
			       struct vprep_match_device *device)
{
	static const enum vprep_match_key hidden[] = { VPREP_MATCH_DRIVER,
						       VPREP_MATCH_MAC,
						       VPREP_MATCH_SERIAL };
	struct vprep_match_devices *devices = &apply->look.devices;
	struct vprep_match shown = *match; /* its patterns are borrowed */
	const char *bound_to = vprep_step_text(
		vprep_steps_driver_of(&apply->journal->steps, claim), "driver");
	char *const *drivers = NULL;
	size_t i;
	int r = vprep_match_values(devices, device, VPREP_MATCH_DRIVER, &drivers);

	if (r < 0 || !drivers || !vprep_str_same(drivers[0], bound_to))
		return r;
	r = vprep_match_fits(devices, match, NULL, device);
	if (r != 0)
		return r < 0 ? r : 0;
	for (i = 0; i < VPREP_ARRAY_SIZE(hidden); i++)
		shown.patterns[hidden[i]] = NULL;
	return vprep_match_fits(devices, &shown, NULL, device);
}

/* The devices that apply has bound by that match, and that it does not find while they
 * are bound (vfio-prep.d(5)). */
static int note_hidden(struct vprep_apply *apply,
		       const struct vprep_declared_device *declared,
		       const struct vprep_match *match,
		       const struct vprep_declared_device **names, size_t *n)
{
	const struct vprep_steps *steps = &apply->journal->steps;
	_cleanup_free_ char *text = vprep_match_text(match);
	size_t i;
	int r = text ? 0 : -ENOMEM;

	for (i = 0; r >= 0 && i < steps->n; i++) {
		const struct vprep_step *claim = &steps->items[i];
		struct vprep_match_device *device;
		struct vprep_pci_address address;

		if (!vprep_step_is_live_claim(claim) ||
		    !vprep_str_same(vprep_step_text(claim, "match"), text) ||
		    vprep_pci_address_parse(claim->device, &address) < 0)
			continue;
		device = vprep_match_device_at(&apply->look.devices, address);
		r = device ? fits_but_for_driver(apply, claim, match, device) : 0;
		if (r == 1) {
			note_name(apply, address, declared, names);
			++*n;
		}
	}
	return r < 0 ? r : 0;
}

/* @names: of each device of the look, the name that it is bound by. */
static int note_names(struct vprep_apply *apply,
		      const struct vprep_declared_device *declared,
		      const struct vprep_declared_device **names)
{
	struct vprep_pool_member *members;
	size_t i, n = 0, n_hidden = 0;
	int r = 0;

	for (i = 0; r == 0 && apply->journal && i < declared->n_matches; i++)
		r = note_hidden(apply, declared, &declared->matches[i], names, &n_hidden);
	if (r == 0)
		r = vprep_pool_find(&apply->look, declared, &members, &n);
	if (declared->count > 0 && n + n_hidden > declared->count)
		n = declared->count > n_hidden ? declared->count - n_hidden : 0;
	for (i = 0; r == 0 && i < n; i++)
		note_name(apply, members[i].address, declared, names);
	return r;
}

int vprep_apply_look_at_drivers(struct vprep_apply *apply)
{
	const struct vprep_declared *declared = apply->declared;
	size_t i, n = apply->look.devices.n;
	_cleanup_free_ const struct vprep_declared_device **names =
		calloc(n + 1, sizeof(struct vprep_declared_device *));
	int r = names ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < declared->n_devices; i++)
		if (declared->devices[i].bind)
			r = note_names(apply, &declared->devices[i], names);
	for (i = 0; r == 0 && i < n; i++)
		if (names[i])
			r = look_at_driver(apply, &apply->look.devices.items[i],
					   names[i]);
	return r;
}
