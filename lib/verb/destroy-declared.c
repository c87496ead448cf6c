// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Removing a node device, and the declaration that vfio-prep wrote for it.
 *
 * I1  The declaration goes last. If it cannot, the device is made again as it says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "declared/own.h"
#include "host/vport.h"
#include "nodedev/query.h"
#include "session/changes.h"
#include "session/transaction.h"
#include "session/vport.h"
#include "verb/apply.h"
#include "verb/create.h"

struct destroying {
	struct vprep_session *session;
	struct vprep_declared *declared;
	const char *folder;
	struct vprep_declared_own own; /* the file that vfio-prep would have written */
	char *claim;		       /* the device in the record of apply */
	char *device;	  /* the device as changes name it: its UUID, "vport_WWPN" */
	char *host;	  /* the SCSI host of a vport; NULL: it is not there */
	const char *kind; /* before @device, in messages */
	bool was_there;
	/* The device alone. -ENODEV: it is not there. */
	int (*remove)(const struct destroying *d, struct vprep_error *err);
};

static void destroying_done(struct destroying *d)
{
	vprep_declared_free(d->declared);
	vprep_declared_own_done(&d->own);
	free(d->claim);
	free(d->device);
	free(d->host);
}

/* ---- what may go ---- */

static int refuse_foreign(const struct destroying *d, const char *file, unsigned line,
			  struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_REFUSED, EPERM, d->device,
			       "%s%s is declared in %s, line %u, which vfio-prep did "
			       "not write; nothing was changed: take the section that "
			       "begins with that line out, and run 'vfio-prep apply'",
			       d->kind, d->device, file, line);
}

/* @r: what came of writing that declaration anew. */
static int check_own(struct destroying *d, int r, const char *file, unsigned line,
		     struct vprep_error *err)
{
	if (r == -ENOMEM)
		return vprep_error_oom(err);
	d->folder = vprep_create_declared_folder(d->session, err);
	if (!d->folder)
		return -ENOENT;
	if (r < 0 || !vprep_declared_is_own(d->session->io, d->folder, file, &d->own))
		return refuse_foreign(d, file, line, err);
	r = vprep_declared_own_check(d->session->io, d->folder);
	return r < 0 ? vprep_error_set(err, VPREP_E_REFUSED, -r, d->device,
				       "nothing can be removed from %s: %s; nothing was "
				       "changed",
				       d->folder, strerror(-r))
		     : 0;
}

/* ---- mediated devices ---- */

static int refuse_undeclared_mdev(const struct vprep_nodedev_entry *entry,
				  const char *uuid, struct vprep_error *err)
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

/* Of one that somebody removed by hand the record is left. */
static int remove_mdev(const struct destroying *d, struct vprep_error *err)
{
	return vprep_mdev_remove(d->session, d->device, err);
}

static int begin_mdev(struct destroying *d, const struct vprep_nodedev_entry *entry,
		      struct vprep_error *err)
{
	const struct vprep_declared_mdev *mdev;
	struct vprep_uuid uuid;
	int r = vprep_uuid_parse(vprep_nodedev_sysname(entry), &uuid);

	if (r < 0)
		return vprep_error_oom(err);
	d->kind = "mdev ";
	d->device = strdup(vprep_uuid_text(&uuid).s);
	d->claim = vprep_apply_mdev_name(&uuid);
	if (!d->device || !d->claim)
		return vprep_error_oom(err);
	d->was_there = !entry->definition;
	d->remove = remove_mdev;
	mdev = vprep_declared_find_mdev(d->declared, &uuid);
	if (!mdev)
		return refuse_undeclared_mdev(entry, d->device, err);
	return check_own(d, vprep_declared_own_mdev(&mdev->mdev, &d->own),
			 mdev->mdev.file, mdev->line, err);
}

/* ---- vports ---- */

/* Of one that somebody removed by hand the record is left. */
static int remove_vport(const struct destroying *d, struct vprep_error *err)
{
	char *devices[] = { d->claim, NULL };
	const struct vprep_give_back record = { .id = VPREP_OWNER_DECLARED,
						.devices = devices };

	return d->host ? vprep_vport_destroy(d->session, d->host, err)
		       : vprep_give_back(d->session, &record, err);
}

static int begin_vport(struct destroying *d, uint64_t wwpn, struct vprep_error *err)
{
	const struct vprep_declared_vport *declared =
		vprep_declared_find_vport(d->declared, wwpn);
	struct vprep_vport vport = { 0 };

	d->kind = "";
	d->device = strdup(vprep_vport_name(wwpn).s);
	d->claim = strdup(vprep_vport_name(wwpn).s);
	if (!d->device || !d->claim)
		return vprep_error_oom(err);
	if (!declared)
		return vprep_error_set(err, VPREP_E_REFUSED, ENOENT, d->device,
				       "%s is not declared: 'vfio-prep destroy HOST' "
				       "removes it, by the name of its SCSI host",
				       d->device);
	if (vprep_vport_find(d->session->io, wwpn, declared->definition.wwnn, &vport) ==
	    0)
		d->host = TAKE_PTR(vport.host);
	vprep_vport_done(&vport);
	d->was_there = d->host != NULL;
	d->remove = remove_vport;
	return check_own(d, vprep_declared_own_vport(&declared->definition, &d->own),
			 declared->file, declared->line, err);
}

static int begin_host(struct destroying *d, const struct vprep_nodedev_entry *entry,
		      struct vprep_error *err)
{
	_cleanup_(vprep_vport_done) struct vprep_vport vport = { 0 };

	if (vprep_vport_of_host(d->session->io, vprep_nodedev_sysname(entry), &vport) < 0)
		return vprep_error_set(err, VPREP_E_REFUSED, EPERM, entry->name,
				       "%s is not a vport, and stays", entry->name);
	return begin_vport(d, vport.wwpn, err);
}

/* ---- any of them ---- */

static int begin_listed(struct destroying *d, const char *name, struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query query = {
		.declared = d->declared
	};
	const struct vprep_nodedev_entry *entry;
	int r = vprep_nodedev_query_find(&query, d->session->io, name, &entry, err);

	if (r < 0)
		return r;
	if (entry->cap == VPREP_CAP_MDEV)
		return begin_mdev(d, entry, err);
	if (entry->cap == VPREP_CAP_SCSI_HOST)
		return begin_host(d, entry, err);
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, entry->name,
			       "%s cannot be destroyed: only mediated devices and vports "
			       "are made and declared",
			       entry->name);
}

/* A vport that is not there is listed nowhere: its own name stands for it. */
static int begin(struct destroying *d, const char *name, struct vprep_error *err)
{
	uint64_t wwpn;

	if (vprep_vport_name_parse(name, &wwpn) == 0)
		return begin_vport(d, wwpn, err);
	return begin_listed(d, name, err);
}

static int remove_device(const struct destroying *d, struct vprep_error *err)
{
	int r = d->remove(d, err);

	if (r != -ENODEV || d->was_there)
		return r;
	if (err)
		*err = (struct vprep_error){ .code = VPREP_OK };
	return 0;
}

static int remove_declaration(const struct destroying *d, struct vprep_error *err)
{
	_cleanup_free_ char *path = vprep_declared_own_path(d->folder, &d->own);
	struct vprep_error left;
	int r = path ? vprep_declared_own_remove(d->session->io, d->folder, &d->own)
		     : -ENOMEM;

	if (r == 0) {
		vprep_changes_note_declared(d->session, d->device, "undeclared", path);
		return 0;
	}
	vprep_error_set(err, VPREP_E_FAILED, -r, d->device, "cannot remove %s: %s",
			path ? path : d->folder, strerror(-r));
	if (!d->was_there || vprep_create_as_declared(d->session, d->claim, &left) == 0) {
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
	struct destroying d = { .session = session };
	int r = vprep_session_may_change(session, err);

	if (r == 0)
		r = vprep_declared_read(session->io, session->config->declared_dirs,
					&d.declared, err);
	if (r == 0)
		r = begin(&d, name, err);
	if (r == 0)
		r = remove_device(&d, err);
	if (r == 0)
		r = remove_declaration(&d, err);
	destroying_done(&d);
	return r;
}
