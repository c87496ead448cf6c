// SPDX-License-Identifier: GPL-2.0-or-later
/* Node devices that people make and remove: mediated devices and vports. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "common/str.h"
#include "nodedev/nodedev.h"
#include "session/session.h"
#include "verb/vport.h"
#include "xml/nodedev-create.h"

static int scan(const struct vprep_session *session, uint32_t caps,
		struct vprep_nodedev_index **ret, struct vprep_error *err)
{
	int r = vprep_nodedev_scan(session->io, caps, NULL, ret);

	return r < 0 ? vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for node devices: %s", strerror(-r))
		     : 0;
}

static const char *sysname_of(const struct vprep_nodedev_entry *e)
{
	const char *slash = e->path ? strrchr(e->path, '/') : NULL;

	return slash ? slash + 1 : e->name;
}

/* ---- create ---- */

static int find_parent(const struct vprep_session *session, const char *name, char **ret,
		       struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_index_freep) struct vprep_nodedev_index *index = NULL;
	const struct vprep_nodedev_entry *entry;
	int r;

	r = scan(session, VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES), &index, err);
	if (r < 0)
		return r;
	entry = vprep_nodedev_find(session->io, index, name);
	if (!entry)
		return vprep_error_set(
			err, VPREP_E_NOT_FOUND, ENODEV, name,
			"'%.80s': there is no such parent for mediated devices; "
			"'vfio-prep list --cap mdev_types' names those that there are",
			name);
	*ret = strdup(sysname_of(entry));
	return *ret ? 0 : vprep_error_oom(err);
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

static int create_mdev(struct vprep_session *session,
		       const struct vprep_nodedev_order *order, char **ret,
		       struct vprep_error *err)
{
	const struct vprep_uuid_text uuid = vprep_uuid_text(&order->uuid);
	_cleanup_free_ char *parent = NULL, *made = NULL;
	struct vprep_mdev_request what = {
		.type = order->type,
		.uuid = order->has_uuid ? uuid.s : NULL,
	};
	int r;

	r = find_parent(session, order->parent, &parent, err);
	if (r < 0)
		return r;
	what.parent = parent;
	r = vprep_mdev_create(session, &what, &made, err);
	return r < 0 ? r : name_made(session, made, ret, err);
}

static int create_vport(struct vprep_session *session,
			const struct vprep_nodedev_order *order, char **ret,
			struct vprep_error *err)
{
	_cleanup_free_ char *host = NULL;
	int r = vprep_vport_create(session, order, &host, err);

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

/* ---- destroy ---- */

static bool may_be_vgpu(const struct vprep_session *session, const char *address)
{
	return vprep_io_exists(session->io, VPREP_SYS,
			       "bus/pci/devices/%s/nvidia/current_vgpu_type",
			       address) == 1;
}

VPREP_EXPORT int vprep_node_device_destroy(struct vprep_session *session,
					   const char *name, struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_index_freep) struct vprep_nodedev_index *index = NULL;
	const struct vprep_nodedev_entry *entry;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = scan(session, VPREP_CAP_ALL, &index, err);
	if (r < 0)
		return r;
	entry = vprep_nodedev_find(session->io, index, name);
	if (!entry)
		return vprep_error_set(
			err, VPREP_E_NOT_FOUND, ENODEV, name,
			"'%.80s': there is no such node device on this "
			"host; 'vfio-prep list' names those that there are",
			name);
	if (entry->cap == VPREP_CAP_SCSI_HOST)
		return vprep_vport_destroy(session, sysname_of(entry), err);
	if (entry->cap == VPREP_CAP_MDEV ||
	    (entry->cap == VPREP_CAP_PCI && may_be_vgpu(session, sysname_of(entry))))
		return vprep_mdev_remove(session, sysname_of(entry), err);
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, entry->name,
			       "%s cannot be destroyed: only mediated devices and vports "
			       "are made and removed",
			       entry->name);
}
