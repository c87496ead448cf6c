// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making a mediated device that is declared, too.
 *
 * I1  The declaration is written before the device is made, and goes after it: whatever
 *     ends a command in between, what is declared can be made by apply, and no device
 *     stands that is not declared.
 */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "declared/own.h"
#include "host/mdev.h"
#include "host/mdevctl.h"
#include "session/changes.h"
#include "verb/apply.h"
#include "verb/create.h"
#include "xml/nodedev-create.h"

#define FLAG "--boot"

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

/* ---- what is to be declared ---- */

static int read_definition(struct vprep_session *session, const char *xml, size_t len,
			   struct vprep_nodedev_definition *ret, struct vprep_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = vprep_nodedev_definition_parse(xml, len, ret, err);

	if (r < 0)
		return r;
	if (ret->cap != VPREP_CAP_MDEV)
		return vprep_error_set(err, VPREP_E_USAGE, EINVAL, NULL,
				       FLAG " is for mediated devices: a vport cannot be "
					    "declared; create it without " FLAG);
	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_create_find_mdev_parent(session, &ret->parent, err);
	if (r < 0 || ret->has_uuid)
		return r;
	r = vprep_mdev_uuid(NULL, &text, err);
	return r < 0 ? r : vprep_uuid_parse(text, &ret->uuid);
}

static int refuse_declared(const struct vprep_session *session,
			   const struct vprep_uuid *uuid, struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	const struct vprep_uuid_text text = vprep_uuid_text(uuid);
	const struct vprep_declared_mdev *mdev;
	int r = vprep_declared_read(session->io, session->config->declared_dirs,
				    &declared, err);

	if (r < 0)
		return r;
	mdev = vprep_declared_find_mdev(declared, uuid);
	return mdev ? vprep_error_set(err, VPREP_E_REFUSED, EEXIST, text.s,
				      "mdev %s is declared already, in %s, line %u; "
				      "'vfio-prep apply' makes it",
				      text.s, mdev->mdev.file, mdev->line)
		    : 0;
}

/* What mdevctl has defined is left to it. */
static int refuse_defined(const struct vprep_session *session,
			  const struct vprep_uuid *uuid, struct vprep_error *err)
{
	const struct vprep_uuid_text text = vprep_uuid_text(uuid);
	struct vprep_mdevctl defined = { 0 };
	int r = vprep_mdevctl_find(session->io, text.s, &defined, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	vprep_mdevctl_done(&defined);
	return vprep_error_set(err, VPREP_E_REFUSED, EEXIST, text.s,
			       "mdevctl has defined mdev %s: 'mdevctl start --uuid %s' "
			       "makes it, and after 'mdevctl modify --uuid %s --auto' "
			       "each boot does",
			       text.s, text.s, text.s);
}

static int refuse_existing(const struct vprep_session *session,
			   const struct vprep_uuid *uuid, struct vprep_error *err)
{
	const struct vprep_uuid_text text = vprep_uuid_text(uuid);
	_cleanup_(vprep_mdev_done) struct vprep_mdev mdev = { 0 };
	int r = vprep_mdev_read(session->io, text.s, &mdev);

	if (r == -ENODEV)
		return 0;
	return vprep_error_set(err, VPREP_E_OWNED, EEXIST, text.s,
			       "mdev %s exists already: remove it first, as by "
			       "'vfio-prep destroy mdev_%s', or choose another UUID",
			       text.s, text.s);
}

/* ---- making it ---- */

int vprep_create_as_declared(struct vprep_session *session, const struct vprep_uuid *uuid,
			     struct vprep_error *err)
{
	_cleanup_(vprep_apply_done) struct vprep_apply apply = { .session = session,
								 .only = uuid };
	int r = vprep_apply_run(&apply, err);

	if (r == 0)
		r = vprep_apply_look(&apply, err);
	if (r == 0 && apply.n > 0) /* somebody else was faster */
		r = vprep_error_set(err, VPREP_E_FAILED, EEXIST, apply.items[0].device,
				    "%s: %s", apply.items[0].device, apply.items[0].what);
	return r;
}

/* Adds to the error what could not be taken back. */
static void undeclare(const struct vprep_session *session, const char *folder,
		      const struct vprep_uuid *uuid, const char *made_folder,
		      struct vprep_error *err)
{
	_cleanup_free_ char *path = vprep_declared_own_path(folder, uuid);
	int r = vprep_declared_own_remove(session->io, folder, uuid);

	if (r == 0 && made_folder)
		vprep_io_host_dir_remove(session->io, folder, made_folder);
	if (r == 0)
		return;
	if (err)
		err->code = VPREP_E_LEFT;
	vprep_error_append(err, "; and %s, which declares it, cannot be removed: %s",
			   path ? path : folder, strerror(-r));
}

static int declare_and_make(struct vprep_session *session,
			    const struct vprep_nodedev_definition *definition,
			    const char *folder, struct vprep_error *err)
{
	const struct vprep_config_mdev mdev = {
		.uuid = definition->uuid,
		.definition = { .type = definition->type, .parent = definition->parent },
	};
	_cleanup_free_ char *made_folder = NULL;
	int r = vprep_declared_own_write(session->io, folder, &mdev, &made_folder, err);

	if (r < 0)
		return r;
	r = vprep_create_as_declared(session, &mdev.uuid, err);
	if (r < 0)
		undeclare(session, folder, &mdev.uuid, made_folder, err);
	return r;
}

static int tell(struct vprep_session *session, const char *folder,
		const struct vprep_uuid *uuid, char **ret_name, struct vprep_error *err)
{
	const struct vprep_uuid_text text = vprep_uuid_text(uuid);
	_cleanup_free_ char *path = vprep_declared_own_path(folder, uuid);
	int r = path ? vprep_create_name(session, text.s, ret_name, err)
		     : vprep_error_oom(err);

	if (r == 0)
		vprep_changes_note_declared(session, text.s, "declared", path);
	else
		vprep_node_device_destroy_declared(session, text.s, NULL);
	return r;
}

VPREP_EXPORT int vprep_node_device_create_declared(struct vprep_session *session,
						   const char *xml, size_t len,
						   char **ret_name,
						   struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_definition_done) struct vprep_nodedev_definition
		definition = { 0 };
	const char *folder;
	int r = read_definition(session, xml, len, &definition, err);

	if (r == 0)
		r = refuse_declared(session, &definition.uuid, err);
	if (r == 0)
		r = refuse_defined(session, &definition.uuid, err);
	if (r == 0)
		r = refuse_existing(session, &definition.uuid, err);
	if (r < 0)
		return r;
	folder = vprep_create_declared_folder(session, err);
	if (!folder)
		return -ENOENT;
	r = declare_and_make(session, &definition, folder, err);
	return r < 0 ? r : tell(session, folder, &definition.uuid, ret_name, err);
}
