// SPDX-License-Identifier: GPL-2.0-or-later
/* Removing a node device: a mediated device or a vport. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/export.h"
#include "nodedev/nodedev.h"
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
	_cleanup_(vprep_nodedev_index_freep) struct vprep_nodedev_index *index = NULL;
	const struct vprep_nodedev_entry *entry;
	const char *sysname;
	int r;

	r = vprep_session_may_change(session, err);
	if (r < 0)
		return r;
	r = vprep_nodedev_scan(session->io, VPREP_CAP_ALL, NULL, &index);
	if (r < 0)
		return vprep_error_set(err, VPREP_E_FAILED, -r, NULL,
				       "cannot look for node devices: %s", strerror(-r));
	entry = vprep_nodedev_find(session->io, index, name);
	if (!entry)
		return vprep_error_set(
			err, VPREP_E_NOT_FOUND, ENODEV, name,
			"'%.80s': there is no such node device on this "
			"host; 'vfio-prep list' names those that there are",
			name);
	sysname = vprep_nodedev_sysname(entry);
	if (entry->cap == VPREP_CAP_SCSI_HOST)
		return vprep_vport_destroy(session, sysname, err);
	if (entry->cap == VPREP_CAP_MDEV ||
	    (entry->cap == VPREP_CAP_PCI && may_be_vgpu(session, sysname)))
		return vprep_mdev_remove(session, sysname, err);
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, entry->name,
			       "%s cannot be destroyed: only mediated devices and vports "
			       "are made and removed",
			       entry->name);
}
