// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a node device of its XML: a mediated device or a vport. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "nodedev/query.h"
#include "session/changes.h"
#include "session/vport.h"
#include "verb/create.h"
#include "xml/nodedev-create.h"

/* The parent by the kernel's name in place of any of its names. */
static int find_parent(const struct vprep_session *session, const char *capability,
		       const char *refusal, char **parent, struct vprep_error *err)
{
	const struct vprep_node_filter filter = { .capabilities = (const char *const[]){
							  capability, NULL } };
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query query = { 0 };
	const struct vprep_nodedev_entry *entry;
	int r;

	r = vprep_nodedev_query_begin(&query, session->io, &filter, false, err);
	if (r < 0)
		return r;
	entry = vprep_nodedev_find(session->io, query.index, *parent);
	if (!entry)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, *parent,
				       "'%.80s': there is no such %s", *parent, refusal);
	r = vprep_str_replace(parent, vprep_nodedev_sysname(entry));
	return r < 0 ? vprep_error_oom(err) : 0;
}

int vprep_create_find_mdev_parent(const struct vprep_session *session, char **parent,
				  struct vprep_error *err)
{
	return find_parent(session, "mdev_types",
			   "parent for mediated devices; 'vfio-prep list --cap "
			   "mdev_types' names those that there are",
			   parent, err);
}

int vprep_create_find_vport_parent(const struct vprep_session *session,
				   struct vprep_nodedev_definition *definition,
				   struct vprep_error *err)
{
	int r = 0;

	if (definition->parent)
		r = find_parent(session, "scsi_host",
				"SCSI host; 'vfio-prep list --cap vports' names those "
				"that make vports",
				&definition->parent, err);
	definition->vport.parent = definition->parent;
	return r;
}

int vprep_create_name(const struct vprep_session *session, const char *made, char **ret,
		      struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query query = { 0 };
	const struct vprep_node_filter filter = { .capabilities = (const char *const[]){
							  "mdev", "pci", NULL } };
	const struct vprep_nodedev_entry *entry;
	char *name;
	int r;

	r = vprep_nodedev_query_begin(&query, session->io, &filter, false, err);
	if (r < 0)
		return r;
	entry = vprep_nodedev_find(session->io, query.index, made);
	name = strdup(entry ? entry->name : made);
	if (!name)
		return vprep_error_oom(err);
	*ret = name;
	return 0;
}

static int create_mdev(struct vprep_session *session,
		       struct vprep_nodedev_definition *definition, char **ret,
		       struct vprep_error *err)
{
	const struct vprep_uuid_text uuid = vprep_uuid_text(&definition->uuid);
	struct vprep_mdev_request request = {
		.type = definition->type,
		.uuid = definition->has_uuid ? uuid.s : NULL,
	};
	_cleanup_free_ char *made = NULL;
	int r;

	r = vprep_create_find_mdev_parent(session, &definition->parent, err);
	if (r < 0)
		return r;
	request.parent = definition->parent;
	r = vprep_mdev_create(session, &request, &made, err);
	return r < 0 ? r : vprep_create_name(session, made, ret, err);
}

static int create_vport(struct vprep_session *session,
			struct vprep_nodedev_definition *definition, char **ret,
			struct vprep_error *err)
{
	_cleanup_free_ char *host = NULL;
	int r = vprep_create_find_vport_parent(session, definition, err);

	if (r == 0)
		r = vprep_vport_create(session, &definition->vport, &host, err);
	if (r < 0)
		return r;
	*ret = vprep_strf("scsi_%s", host);
	if (!*ret)
		return vprep_error_oom(err);
	vprep_changes_note(session, *ret, "made");
	return 0;
}

VPREP_EXPORT int vprep_node_device_create(struct vprep_session *session, const char *xml,
					  size_t len, char **ret_name,
					  struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_definition_done) struct vprep_nodedev_definition
		definition = { 0 };
	int r;

	r = vprep_nodedev_definition_parse(xml, len, &definition, err);
	if (r == 0)
		r = vprep_session_may_change(session, err);
	if (r < 0)
		return r;
	return definition.cap == VPREP_CAP_MDEV
		       ? create_mdev(session, &definition, ret_name, err)
		       : create_vport(session, &definition, ret_name, err);
}
