// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Removing a mediated device, and the declaration that vfio-prep wrote for it.
 *
 * I1  The declaration goes last. If it cannot, the device is made again as it says.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "declared/own.h"
#include "host/mdev.h"
#include "nodedev/query.h"
#include "session/changes.h"
#include "verb/create.h"

struct destroying {
	struct vprep_session *session;
	struct vprep_declared *declared;
	const char *folder;
	struct vprep_uuid uuid;
	struct vprep_uuid_text text;
	bool was_there;
};

static int refuse_undeclared(const struct vprep_nodedev_entry *entry, const char *uuid,
			     struct vprep_error *err)
{
	if (entry->definition)
		return vprep_error_set(err, VPREP_E_REFUSED, EPERM, entry->name,
				       "mdevctl has defined mdev %s, and it is left to "
				       "it: 'mdevctl undefine --uuid %s'",
				       uuid, uuid);
	return vprep_error_set(err, VPREP_E_REFUSED, ENOENT, entry->name,
			       "mdev %s is not declared: 'vfio-prep destroy mdev_%s' "
			       "removes it",
			       uuid, uuid);
}

static int refuse_foreign(const struct vprep_declared_mdev *mdev, const char *uuid,
			  struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_REFUSED, EPERM, uuid,
			       "mdev %s is declared in %s, line %u, which vfio-prep did "
			       "not write; nothing was changed: take the section that "
			       "begins with that line out, and run 'vfio-prep apply'",
			       uuid, mdev->mdev.file, mdev->line);
}

static int refuse_kind(const struct vprep_nodedev_entry *entry, struct vprep_error *err)
{
	if (entry->cap == VPREP_CAP_SCSI_HOST)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, entry->name,
				       "--boot is for mediated devices: no vport is "
				       "declared; destroy %s without --boot",
				       entry->name);
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, entry->name,
			       "%s cannot be destroyed: only mediated devices are made "
			       "and declared",
			       entry->name);
}

static int check(struct destroying *d, const struct vprep_nodedev_entry *entry,
		 struct vprep_error *err)
{
	const struct vprep_declared_mdev *mdev;
	int r;

	if (entry->cap != VPREP_CAP_MDEV ||
	    vprep_uuid_parse(vprep_nodedev_sysname(entry), &d->uuid) < 0)
		return refuse_kind(entry, err);
	d->text = vprep_uuid_text(&d->uuid);
	d->was_there = !entry->definition;
	mdev = vprep_declared_find_mdev(d->declared, &d->uuid);
	if (!mdev)
		return refuse_undeclared(entry, d->text.s, err);
	d->folder = vprep_create_declared_folder(d->session, err);
	if (!d->folder)
		return -ENOENT;
	if (!vprep_declared_is_own(d->session->io, d->folder, mdev))
		return refuse_foreign(mdev, d->text.s, err);
	r = vprep_declared_own_check(d->session->io, d->folder);
	return r < 0 ? vprep_error_set(err, VPREP_E_REFUSED, -r, d->text.s,
				       "nothing can be removed from %s: %s; nothing was "
				       "changed",
				       d->folder, strerror(-r))
		     : 0;
}

/* Of one that somebody removed by hand the record is left. */
static int remove_device(const struct destroying *d, struct vprep_error *err)
{
	int r = vprep_mdev_remove(d->session, d->text.s, err);

	if (r != -ENODEV || d->was_there)
		return r;
	if (err)
		*err = (struct vprep_error){ .code = VPREP_OK };
	return 0;
}

static int remove_declaration(const struct destroying *d, struct vprep_error *err)
{
	_cleanup_free_ char *path = vprep_declared_own_path(d->folder, &d->uuid);
	struct vprep_error left;
	int r = path ? vprep_declared_own_remove(d->session->io, d->folder, &d->uuid)
		     : -ENOMEM;

	if (r == 0) {
		vprep_changes_note_declared(d->session, d->text.s, "undeclared", path);
		return 0;
	}
	vprep_error_set(err, VPREP_E_FAILED, -r, d->text.s, "cannot remove %s: %s",
			path ? path : d->folder, strerror(-r));
	if (!d->was_there || vprep_create_as_declared(d->session, &d->uuid, &left) == 0) {
		vprep_error_append(err, "; it is as it was");
		return r;
	}
	if (err)
		err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; and the device is not made again: %s", left.message);
	return r;
}

VPREP_EXPORT int vprep_node_device_destroy_declared(struct vprep_session *session,
						    const char *name,
						    struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query query = { 0 };
	struct destroying d = { .session = session };
	const struct vprep_nodedev_entry *entry;
	int r = vprep_session_may_change(session, err);

	if (r == 0)
		r = vprep_declared_read(session->io, session->config->declared_dirs,
					&declared, err);
	query.declared = d.declared = declared;
	if (r == 0)
		r = vprep_nodedev_query_find(&query, session->io, name, &entry, err);
	if (r == 0)
		r = check(&d, entry, err);
	if (r == 0)
		r = remove_device(&d, err);
	return r < 0 ? r : remove_declaration(&d, err);
}
