// SPDX-License-Identifier: GPL-2.0-or-later
/* Removing a node device: a mediated device or a vport. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "nodedev/query.h"
#include "session/changes.h"
#include "session/vport.h"

static bool may_be_vgpu(const struct vprep_session *session, const char *address)
{
	return vprep_io_exists(session->io, VPREP_SYS,
			       "bus/pci/devices/%s/nvidia/current_vgpu_type",
			       address) == 1;
}

VPREP_EXPORT int vprep_node_device_destroy(struct vprep_session *session,
					   const char *name, struct vprep_error *err)
{
	_cleanup_(vprep_nodedev_query_done) struct vprep_nodedev_query query = { 0 };
	const struct vprep_nodedev_entry *entry;
	const char *sysname;
	int r;

	r = vprep_session_may_change(session, err);
	if (r == 0)
		r = vprep_nodedev_query_find(&query, session->io, name, &entry, err);
	if (r < 0)
		return r;
	sysname = vprep_nodedev_sysname(entry);
	if (entry->cap == VPREP_CAP_SCSI_HOST) {
		r = vprep_vport_destroy(session, sysname, err);
		if (r == 0)
			vprep_changes_note(session, entry->name, "removed");
		return r;
	}
	if (entry->cap == VPREP_CAP_MDEV ||
	    (entry->cap == VPREP_CAP_PCI && may_be_vgpu(session, sysname)))
		return vprep_mdev_remove(session, sysname, err);
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, entry->name,
			       "%s cannot be destroyed: only mediated devices and vports "
			       "are made and removed",
			       entry->name);
}
