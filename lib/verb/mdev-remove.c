// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Removing a mediated device that was made by itself.
 *
 * I1  One is removed only while nobody has it attached, and only if vfio-prep made it.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "host/mdev.h"
#include "journal/owners.h"
#include "model/device.h"
#include "session/transaction.h"

#define SHOWN_MAX 60

_Static_assert(sizeof(VPREP_STEP_MADE_MDEV) == sizeof(VPREP_STEP_MADE_VGPU),
	       "a name behind either begins at the same place");

/* "mdev_UUID" or "vgpu_ADDRESS". */
static int made_name(const char *text, char **ret, struct vprep_error *err)
{
	struct vprep_device device;
	struct vprep_uuid uuid;

	if (vprep_uuid_parse(text, &uuid) == 0)
		*ret = vprep_strf(VPREP_STEP_MADE_MDEV "%s", vprep_uuid_text(&uuid).s);
	else if (vprep_device_parse_name(text, &device, NULL) == 0 &&
		 device.kind == &vprep_kind_mdev)
		*ret = vprep_strf(VPREP_STEP_MADE_MDEV "%s",
				  vprep_uuid_text(&device.asked.mdev.uuid).s);
	else if (vprep_device_parse_name(text, &device, NULL) == 0 &&
		 device.kind == &vprep_kind_pci && !device.asked.pci.netdev)
		*ret = vprep_strf(VPREP_STEP_MADE_VGPU "%s",
				  vprep_pci_address_text(device.asked.pci.address).s);
	else
		return vprep_error_set(
			err, VPREP_E_USAGE, EINVAL, NULL,
			"'%.*s' is neither the UUID of a mediated device nor "
			"the PCI address of a function that is a vGPU",
			SHOWN_MAX, text);
	return *ret ? 0 : vprep_error_oom(err);
}

static int refuse_foreign(const struct vprep_session *session, const char *name,
			  struct vprep_error *err)
{
	struct vprep_mdev mdev = { .group = -1 };
	unsigned vgpu = 0;
	int r = vprep_mdev_read(session->io, name, &mdev);

	vprep_mdev_done(&mdev);
	if (r == 0)
		return vprep_error_set(err, VPREP_E_REFUSED, EPERM, name,
				       "mdev %s was not made by vfio-prep, and stays; "
				       "'mdevctl stop --uuid %s' removes it",
				       name, name);
	if (vprep_mdev_vgpu_type(session->io, name, &vgpu) == 0 && vgpu != 0)
		return vprep_error_set(
			err, VPREP_E_REFUSED, EPERM, name,
			"%s was not made a vGPU by vfio-prep, and stays one", name);
	return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, name,
			       "there is no mdev %s on this host; 'vfio-prep mdev types' "
			       "shows those that exist",
			       name);
}

static int refuse_attached(const struct vprep_owners *owners, const char *name,
			   struct vprep_error *err)
{
	const struct vprep_owner *holder = vprep_owners_of_device(owners, name);

	if (!holder)
		return 0;
	return vprep_error_set(err, VPREP_E_OWNED, EBUSY, name,
			       "%s is attached by %s: give it back there first "
			       "('vfio-prep status' shows how it is held)",
			       name, holder->text);
}

/* I1. Nobody can attach it meanwhile; once it is marked, the mark keeps others away. */
static int check(const struct vprep_session *session, const struct vprep_store *locked,
		 const void *name, struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	int r = vprep_owners_read(session->io, locked, &owners, err);

	return r < 0 ? r : refuse_attached(&owners, name, err);
}

/* Who made it. What apply made is nobody's, and goes all the same. */
static const struct vprep_owner *find_maker(const struct vprep_owners *owners,
					    const char *made)
{
	const struct vprep_owner *owner = vprep_owners_of_device(owners, made);

	return owner ? owner : vprep_owners_made_declared(owners, made);
}

VPREP_EXPORT int vprep_mdev_remove(struct vprep_session *session, const char *name,
				   struct vprep_error *err)
{
	_cleanup_(vprep_owners_done) struct vprep_owners owners = { 0 };
	struct vprep_give_back what = { .check = check };
	_cleanup_free_ char *made = NULL;
	char *devices[2] = { NULL };
	const struct vprep_owner *owner;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = made_name(name, &made, err);
	if (r == 0)
		r = vprep_owners_look(session->io, &owners, err);
	if (r < 0)
		return r;
	name = made + strlen(VPREP_STEP_MADE_MDEV);
	owner = find_maker(&owners, made);
	if (owner) {
		what.id = owner->journal->id;
		what.data = name;
		devices[0] = made; /* apply made others under the same owner */
		what.devices = devices;
		return vprep_give_back(session, &what, err);
	}
	r = refuse_attached(&owners, name, err);
	if (r == 0)
		r = vprep_owners_refuse_corrupt(&owners, err);
	return r < 0 ? r : refuse_foreign(session, name, err);
}
