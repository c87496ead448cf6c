// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/export.h"
#include "session/node-owner.h"
#include "session/session.h"

VPREP_EXPORT int vprep_iommu_group(struct vprep_session *session, unsigned *ret,
				   struct vprep_error *err)
{
	gid_t group;
	int r = vprep_iommu_group_find(session->config, &group, err);

	if (r > 0)
		*ret = group;
	return r;
}
