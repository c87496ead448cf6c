// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/usage.h"

#include <errno.h>
#include <stdlib.h>

#include "common/str.h"

void vprep_usage_done(struct vprep_usage *usage)
{
	free(usage->device);
	free(usage->name);
	free(usage->node);
	free(usage->cdev);
	*usage = (struct vprep_usage){ .group = -1 };
}

int vprep_usages_add(struct vprep_usages *usages, struct vprep_usage *usage)
{
	struct vprep_usage *items;

	items = reallocarray(usages->items, usages->n + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	usages->items = items;
	items[usages->n++] = *usage;
	*usage = (struct vprep_usage){ .group = -1 };
	return 0;
}

void vprep_usages_done(struct vprep_usages *usages)
{
	size_t i;

	for (i = 0; i < usages->n; i++)
		vprep_usage_done(&usages->items[i]);
	free(usages->items);
	*usages = (struct vprep_usages){ 0 };
}

int vprep_usage_nodes(const struct vprep_usages *usages, const struct vprep_usage *usage,
		      char ***ret)
{
	bool iommufd = usages->iommufd && vprep_usage_may_use_iommufd(usage);
	const char *nodes[3] = { iommufd ? usage->cdev : usage->node, NULL };
	_cleanup_strv_ char **list = NULL;
	size_t i;

	if (vprep_usage_is_vfio(usage))
		nodes[1] = iommufd ? "iommu" : "vfio/vfio";
	else if (usage->kind == VPREP_USAGE_VHOST_SCSI)
		nodes[0] = "vhost-scsi";
	for (i = 0; nodes[i]; i++)
		if (vprep_strv_add(&list, nodes[i]) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(list);
	return 0;
}
