// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a node device of its XML: a mediated device or a vport. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "nodedev/nodedev.h"
#include "session/vport.h"
#include "xml/nodedev-create.h"

static int scan(const struct vprep_session *session, uint32_t caps,
		struct vprep_nodedev_index **ret, struct vprep_error *err)
{
	int r = vprep_nodedev_scan(session->io, caps, NULL, ret);

	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for node devices: %s", strerror(-r))
		     : 0;
}

/* The parent by the kernel's name in place of any of its names. */
static int find_parent(const struct vprep_session *session, enum vprep_cap cap,
		       const char *refusal, char **parent, struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_index_freep) struct vprep_nodedev_index *index = NULL;
	const struct vprep_nodedev_entry *entry;
	int r;

	r = scan(session, VPREP_CAP_BIT(cap), &index, err);
	if (r < 0)
		return r;
	entry = vprep_nodedev_find(session->io, index, *parent);
	if (!entry || (cap == VPREP_CAP_SCSI_HOST && entry->cap != cap))
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, *parent,
				       "'%.80s': there is no such %s", *parent, refusal);
	r = vprep_str_replace(parent, vprep_nodedev_sysname(entry));
	return r < 0 ? vprep_error_oom(err) : 0;
}

/* As list names it: "mdev_UUID_PARENT", or "pci_…" of a function that is the vGPU. */
static int name_made(const struct vprep_session *session, const char *made, char **ret,
		     struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_index_freep) struct vprep_nodedev_index *index = NULL;
	const struct vprep_nodedev_entry *entry;
	int r;

	r = scan(session, VPREP_CAP_BIT(VPREP_CAP_MDEV) | VPREP_CAP_BIT(VPREP_CAP_PCI),
		 &index, err);
	if (r < 0)
		return r;
	entry = vprep_nodedev_find(session->io, index, made);
	*ret = strdup(entry ? entry->name : made);
	return *ret ? 0 : vprep_error_oom(err);
}

static int create_mdev(struct vprep_session *session, struct vprep_nodedev_order *order,
		       char **ret, struct vprep_error *err)
{
	const struct vprep_uuid_text uuid = vprep_uuid_text(&order->uuid);
	struct vprep_mdev_request request = {
		.type = order->type,
		.uuid = order->has_uuid ? uuid.s : NULL,
	};
	_cleanup_free_ char *made = NULL;
	int r;

	r = find_parent(session, VPREP_CAP_MDEV_TYPES,
			"parent for mediated devices; 'vfio-prep list --cap mdev_types' "
			"names those that there are",
			&order->parent, err);
	if (r < 0)
		return r;
	request.parent = order->parent;
	r = vprep_mdev_create(session, &request, &made, err);
	return r < 0 ? r : name_made(session, made, ret, err);
}

static int create_vport(struct vprep_session *session, struct vprep_nodedev_order *order,
			char **ret, struct vprep_error *err)
{
	_cleanup_free_ char *host = NULL;
	int r = 0;

	if (order->parent)
		r = find_parent(session, VPREP_CAP_SCSI_HOST,
				"SCSI host; 'vfio-prep list --cap vports' names those "
				"that make vports",
				&order->parent, err);
	if (r == 0)
		r = vprep_vport_create(session, order, &host, err);
	if (r < 0)
		return r;
	*ret = vprep_strf("scsi_%s", host);
	return *ret ? 0 : vprep_error_oom(err);
}

VPREP_EXPORT int vprep_node_device_create(struct vprep_session *session, const char *xml,
					  size_t len, char **ret_name,
					  struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_order_done) struct vprep_nodedev_order order = { 0 };
	int r;

	r = vprep_nodedev_order_parse(xml, len, &order, err);
	if (r == 0)
		r = vprep_session_may_change(session, err);
	if (r < 0)
		return r;
	return order.cap == VPREP_CAP_MDEV ? create_mdev(session, &order, ret_name, err)
					   : create_vport(session, &order, ret_name, err);
}
