// SPDX-License-Identifier: GPL-2.0-or-later
/* Where what is declared here, and what driverctl and mdevctl do at boot, disagree. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/driver.h"
#include "host/driverctl.h"
#include "host/mdev.h"
#include "host/mdevctl.h"
#include "session/mdev-definition.h"
#include "session/pools.h"
#include "verb/doctor.h"

/* ---- drivers ---- */

/* A driver of another name may still be one for guests. */
static bool is_as_declared(const struct vprep_io *io,
			   const struct vprep_declared_device *declared,
			   const char *override)
{
	return declared->driver ? streq(override, declared->driver)
				: vprep_driver_is_vfio(io, override);
}

static int tell_override(struct vprep_doctor *d,
			 const struct vprep_declared_device *declared,
			 const struct vprep_pool_member *m, const char *override)
{
	_cleanup_free_ char *path = vprep_driverctl_path(m->address);

	if (!path)
		return -ENOMEM;
	return vprep_doctor_say(
		d, WARNING,
		vprep_pool_strf(d->pool,
				"'driverctl unset-override %s', or take boot = bind from "
				"[device %s] in %s",
				m->name, declared->name, declared->file),
		"driverctl binds %s to %s (%s), and @%s in %s declares %s for it",
		m->name, override, path, declared->name, declared->file,
		declared->driver ? declared->driver : "a driver for guests");
}

static int compare_device(struct vprep_doctor *d,
			  const struct vprep_declared_device *declared,
			  const struct vprep_pool_member *m)
{
	_cleanup_free_ char *override = NULL;
	int r = vprep_driverctl_find(d->session->io, m->address, &override);

	if (r < 0)
		return r == -ENOMEM ? r : 0; /* it does nothing to the device */
	return is_as_declared(d->session->io, declared, override)
		       ? 0
		       : tell_override(d, declared, m, override);
}

static int compare_devices(struct vprep_doctor *d, const struct vprep_declared *declared)
{
	struct vprep_pool_look look = { .session = d->session, .declared = declared };
	size_t i, k, n;
	int r = vprep_pool_look_begin(&look, NULL);

	for (i = 0; r == 0 && i < declared->n_devices; i++) {
		struct vprep_pool_member *members;

		if (!declared->devices[i].bind)
			continue;
		r = vprep_pool_find(&look, &declared->devices[i], &members, &n);
		for (k = 0; r == 0 && k < n; k++)
			r = compare_device(d, &declared->devices[i], &members[k]);
	}
	vprep_pool_look_done(&look);
	return r;
}

/* ---- mediated devices ---- */

/* Which of them makes it decides what it is. */
static int tell_other(struct vprep_doctor *d, const struct vprep_declared_mdev *declared,
		      const struct vprep_mdevctl_item *item)
{
	const struct vprep_mdev_definition *ours = &declared->mdev.definition;

	return vprep_doctor_say(
		d, WARNING,
		vprep_pool_strf(d->pool,
				"'mdevctl undefine --uuid %s --parent %s', or take the "
				"section from %s",
				item->uuid, item->definition.parent, declared->mdev.file),
		"mdevctl has mdev %s as a %s on %s (" VPREP_MDEVCTL_FOLDER
		"/%s/%s), and %s, line %u declares a %s%s%s",
		item->uuid, item->definition.type, item->definition.parent,
		item->definition.parent, item->uuid, declared->mdev.file, declared->line,
		ours->type, ours->parent ? " on " : "", ours->parent ? ours->parent : "");
}

static int tell_both(struct vprep_doctor *d, const struct vprep_declared_mdev *declared,
		     const struct vprep_mdevctl_item *item)
{
	return vprep_doctor_say(
		d, WARNING,
		vprep_pool_strf(d->pool,
				"leave it to one: 'mdevctl modify --uuid %s --manual', "
				"or take the section from %s",
				item->uuid, declared->mdev.file),
		"mdev %s is made at boot by mdevctl (" VPREP_MDEVCTL_FOLDER
		"/%s/%s) and by apply (%s, line %u): who comes second fails or finds it "
		"there",
		item->uuid, item->definition.parent, item->uuid, declared->mdev.file,
		declared->line);
}

static int compare_mdev(struct vprep_doctor *d,
			const struct vprep_declared_mdev *declared,
			const struct vprep_mdevctl_item *item)
{
	const struct vprep_mdev_definition *ours = &declared->mdev.definition;
	struct vprep_uuid uuid;

	if (vprep_uuid_parse(item->uuid, &uuid) < 0 ||
	    !vprep_uuid_same(&uuid, &declared->mdev.uuid))
		return 0;
	if ((ours->parent &&
	     !vprep_mdev_is_parent(ours->parent, item->definition.parent)) ||
	    !vprep_mdev_is_type(d->session->io, item->definition.parent,
				item->definition.type, ours->type))
		return tell_other(d, declared, item);
	return item->definition.starts ? tell_both(d, declared, item) : 0;
}

static int compare_mdevs(struct vprep_doctor *d, const struct vprep_declared *declared)
{
	struct vprep_mdevctl_item *items;
	size_t n, i, k;
	int r = declared->n_mdevs > 0 ? vprep_mdevctl_list(d->session->io, &items, &n)
				      : -ENOENT;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (i = 0; r == 0 && i < declared->n_mdevs; i++)
		for (k = 0; r == 0 && k < n; k++)
			r = compare_mdev(d, &declared->mdevs[i], &items[k]);
	vprep_mdevctl_list_free(items, n);
	return r;
}

/* ---- all of it ---- */

int vprep_doctor_declared(struct vprep_doctor *d)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	size_t before = d->n;
	struct vprep_error err;
	int r;

	r = vprep_declared_read(d->session->io, d->session->config->declared_dirs,
				&declared, &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return vprep_doctor_say(d, PROBLEM,
					"mend it: until then no declared name can be "
					"used, and apply does nothing",
					"%s", err.message);
	if (declared->n_devices + declared->n_vfs + declared->n_mdevs +
		    declared->n_vports ==
	    0)
		return 0;
	r = compare_devices(d, declared);
	if (r == 0)
		r = compare_mdevs(d, declared);
	if (r < 0 || d->n > before)
		return r;
	return vprep_doctor_say(d, OK, NULL,
				"%zu names, VFs of %zu PFs, %zu mediated devices, %zu "
				"vports; driverctl and mdevctl say nothing else",
				declared->n_devices, declared->n_vfs, declared->n_mdevs,
				declared->n_vports);
}
