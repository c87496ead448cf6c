// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making a node device that is declared, too.
 *
 * I1  The declaration is written before the device is made, and goes after it: whatever
 *     ends a command in between, what is declared can be made by apply, and no device
 *     stands that is not declared.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "declared/own.h"
#include "host/mdev.h"
#include "host/mdevctl.h"
#include "host/vport.h"
#include "session/changes.h"
#include "session/vport.h"
#include "verb/apply.h"
#include "verb/create.h"
#include "xml/nodedev-create.h"

struct declaring {
	struct vprep_session *session;
	struct vprep_nodedev_definition definition;
	const char *folder;
	struct vprep_declared_own own;
	char *claim;  /* the device in the record of apply */
	char *device; /* the device as changes name it: its UUID, "vport_WWPN" */
	char *name;   /* the device for messages */
	/* As list names it, once it is there. */
	int (*find_made)(const struct declaring *d, char **ret, struct vprep_error *err);
};

static void declaring_done(struct declaring *d)
{
	vprep_nodedev_definition_done(&d->definition);
	vprep_declared_own_done(&d->own);
	free(d->claim);
	free(d->device);
	free(d->name);
}

const char *vprep_create_declared_folder(const struct vprep_session *session,
					 struct vprep_error *err)
{
	char *const *folders = session->config->declared_dirs;

	if (folders && folders[0])
		return folders[0];
	vprep_error_set(err, VPREP_E_REFUSED, ENOENT, NULL,
			"declared-dirs names no folder in %s", session->config->path);
	return NULL;
}

static int refuse_declared(const struct declaring *d, const char *file, unsigned line,
			   struct vprep_error *err)
{
	return vprep_error_set(
		err, VPREP_E_REFUSED, EEXIST, d->device,
		"%s is declared already, in %s, line %u; 'vfio-prep apply' "
		"makes it",
		d->name, file, line);
}

/* ---- mediated devices ---- */

static int complete_mdev(struct declaring *d, struct vprep_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = vprep_create_find_mdev_parent(d->session, &d->definition.parent, err);

	if (r == 0 && !d->definition.has_uuid)
		r = vprep_mdev_uuid(NULL, &text, err);
	if (r == 0 && text)
		r = vprep_uuid_parse(text, &d->definition.uuid);
	if (r < 0)
		return r;
	d->device = strdup(vprep_uuid_text(&d->definition.uuid).s);
	d->name = vprep_strf("mdev %s", vprep_uuid_text(&d->definition.uuid).s);
	d->claim = vprep_apply_mdev_name(&d->definition.uuid);
	return d->device && d->name && d->claim ? 0 : vprep_error_oom(err);
}

/* What mdevctl has defined is left to it. */
static int refuse_defined(const struct declaring *d, struct vprep_error *err)
{
	const struct vprep_uuid_text text = vprep_uuid_text(&d->definition.uuid);
	struct vprep_mdevctl defined = { 0 };
	int r = vprep_mdevctl_find(d->session->io, text.s, &defined, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	vprep_mdevctl_done(&defined);
	return vprep_error_set(err, VPREP_E_REFUSED, EEXIST, text.s,
			       "mdevctl has defined mdev %s: 'mdevctl start --uuid %s' "
			       "makes it, and after 'mdevctl modify --uuid %s --auto' "
			       "each boot does",
			       text.s, text.s, text.s);
}

static int refuse_existing_mdev(const struct declaring *d, struct vprep_error *err)
{
	const struct vprep_uuid_text text = vprep_uuid_text(&d->definition.uuid);
	_cleanup_(vprep_mdev_done) struct vprep_mdev mdev = { 0 };

	if (vprep_mdev_read(d->session->io, text.s, &mdev) == -ENODEV)
		return 0;
	return vprep_error_set(err, VPREP_E_OWNED, EEXIST, text.s,
			       "mdev %s exists already: remove it first, as by "
			       "'vfio-prep destroy mdev_%s', or choose another UUID",
			       text.s, text.s);
}

static int find_made_mdev(const struct declaring *d, char **ret, struct vprep_error *err)
{
	return vprep_create_name(d->session, vprep_uuid_text(&d->definition.uuid).s, ret,
				 err);
}

static int begin_mdev(struct declaring *d, const struct vprep_declared *declared,
		      struct vprep_error *err)
{
	const struct vprep_declared_mdev *found;
	struct vprep_config_mdev mdev = { 0 };
	int r = complete_mdev(d, err);

	if (r < 0)
		return r;
	found = vprep_declared_find_mdev(declared, &d->definition.uuid);
	if (found)
		return refuse_declared(d, found->mdev.file, found->line, err);
	r = refuse_defined(d, err);
	if (r == 0)
		r = refuse_existing_mdev(d, err);
	if (r < 0)
		return r;
	d->find_made = find_made_mdev;
	mdev.uuid = d->definition.uuid;
	mdev.definition.type = d->definition.type;
	mdev.definition.parent = d->definition.parent;
	r = vprep_declared_own_mdev(&mdev, &d->own);
	if (r == -EINVAL)
		return vprep_error_set(err, VPREP_E_REFUSED, EINVAL, NULL,
				       "the type '%.60s' of the parent '%.60s' has a "
				       "name that cannot be declared",
				       d->definition.type, d->definition.parent);
	return r < 0 ? vprep_error_oom(err) : 0;
}

/* ---- vports ---- */

/* Hosts are numbered anew at each boot: one that is named is declared by its own names. */
static int complete_vport(struct declaring *d, struct vprep_error *err)
{
	struct vprep_vport_definition *vport = &d->definition.vport;
	int r = vprep_create_find_vport_parent(d->session, &d->definition, err);

	if (r == 0)
		r = vprep_vport_choose_names(vport, err);
	if (r == 0 && vport->parent) {
		struct vprep_fc_host host =
			vprep_fc_host_read(d->session->io, vport->parent);

		vport->parent_wwpn = host.wwnn ? host.wwpn : 0;
		vport->parent_wwnn = host.wwpn ? host.wwnn : 0;
	}
	if (r < 0)
		return r;
	d->name = vprep_strf("vport %s:%s", vprep_wwn_text(vport->wwpn).s,
			     vprep_wwn_text(vport->wwnn).s);
	d->device = strdup(vprep_vport_name(vport->wwpn).s);
	d->claim = strdup(vprep_vport_name(vport->wwpn).s);
	return d->device && d->name && d->claim ? 0 : vprep_error_oom(err);
}

static int refuse_existing_vport(const struct declaring *d, struct vprep_error *err)
{
	const struct vprep_vport_definition *definition = &d->definition.vport;
	_cleanup_(vprep_vport_done) struct vprep_vport vport = { 0 };
	int r = vprep_vport_find(d->session->io, definition->wwpn, definition->wwnn,
				 &vport);

	if (r == -ENODEV)
		return 0;
	return vprep_error_set(err, VPREP_E_OWNED, EEXIST, d->device,
			       "%s exists already: remove it first, as by 'vfio-prep "
			       "destroy scsi_%s', or choose other names",
			       d->name, vport.host ? vport.host : "HOST");
}

static int find_made_vport(const struct declaring *d, char **ret, struct vprep_error *err)
{
	const struct vprep_vport_definition *definition = &d->definition.vport;
	_cleanup_(vprep_vport_done) struct vprep_vport vport = { 0 };
	int r = vprep_vport_find(d->session->io, definition->wwpn, definition->wwnn,
				 &vport);

	if (r < 0 || !vport.host)
		return vprep_error_set(err, VPREP_E_FAILED, ENODEV, d->device,
				       "%s is gone again", d->name);
	*ret = vprep_strf("scsi_%s", vport.host);
	return *ret ? 0 : vprep_error_oom(err);
}

static int begin_vport(struct declaring *d, const struct vprep_declared *declared,
		       struct vprep_error *err)
{
	const struct vprep_declared_vport *found;
	int r = complete_vport(d, err);

	if (r < 0)
		return r;
	found = vprep_declared_find_vport(declared, d->definition.vport.wwpn);
	if (found)
		return refuse_declared(d, found->file, found->line, err);
	r = refuse_existing_vport(d, err);
	if (r < 0)
		return r;
	d->find_made = find_made_vport;
	r = vprep_declared_own_vport(&d->definition.vport, &d->own);
	return r < 0 ? vprep_error_oom(err) : 0;
}

/* ---- making it ---- */

int vprep_create_as_declared(struct vprep_session *session, const char *claim,
			     struct vprep_error *err)
{
	_cleanup_(vprep_apply_done) struct vprep_apply apply = { .session = session,
								 .only = claim };
	int r = vprep_apply_run(&apply, err);

	if (r == 0)
		r = vprep_apply_look(&apply, err);
	if (r == 0 && apply.n > 0) /* somebody else was faster */
		r = vprep_error_set(err, VPREP_E_FAILED, EEXIST, apply.items[0].device,
				    "%s: %s", apply.items[0].device, apply.items[0].what);
	return r;
}

/* Adds to the error what could not be taken back. */
static void undeclare(const struct declaring *d, const char *made_folder,
		      struct vprep_error *err)
{
	int r = vprep_declared_own_remove(d->session->io, d->folder, &d->own);

	if (r == 0 && made_folder)
		vprep_io_host_dir_remove(d->session->io, d->folder, made_folder);
	if (r == 0)
		return;
	if (err)
		err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; and %s/%s, which declares it, cannot be removed: %s",
			   d->folder, d->own.name, strerror(-r));
}

static int declare_and_make(const struct declaring *d, struct vprep_error *err)
{
	_cleanup_free_ char *made_folder = NULL;
	int r = vprep_declared_own_write(d->session->io, d->folder, &d->own, &made_folder,
					 err);

	if (r < 0)
		return r;
	r = vprep_create_as_declared(d->session, d->claim, err);
	if (r < 0)
		undeclare(d, made_folder, err);
	return r;
}

static int tell(const struct declaring *d, char **ret_name, struct vprep_error *err)
{
	_cleanup_free_ char *path = vprep_declared_own_path(d->folder, &d->own);
	int r = path ? d->find_made(d, ret_name, err) : vprep_error_oom(err);

	if (r == 0)
		vprep_changes_note_declared(d->session, d->device, "declared", path);
	else
		vprep_node_device_destroy_declared(d->session, d->device, NULL);
	return r;
}

static int begin(struct declaring *d, struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	int r = vprep_session_may_change(d->session, err);

	if (r == 0)
		r = vprep_declared_read(d->session->io, d->session->config->declared_dirs,
					&declared, err);
	if (r < 0)
		return r;
	return d->definition.cap == VPREP_CAP_MDEV ? begin_mdev(d, declared, err)
						   : begin_vport(d, declared, err);
}

static int create(struct declaring *d, char **ret_name, struct vprep_error *err)
{
	int r = begin(d, err);

	if (r < 0)
		return r;
	d->folder = vprep_create_declared_folder(d->session, err);
	if (!d->folder)
		return -ENOENT;
	r = declare_and_make(d, err);
	return r < 0 ? r : tell(d, ret_name, err);
}

VPREP_EXPORT int vprep_node_device_create_declared(struct vprep_session *session,
						   const char *xml, size_t len,
						   char **ret_name,
						   struct vprep_error *err)
{
	struct declaring d = { .session = session };
	int r = vprep_nodedev_definition_parse(xml, len, &d.definition, err);

	if (r == 0)
		r = create(&d, ret_name, err);
	declaring_done(&d);
	return r;
}
