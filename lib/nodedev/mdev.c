// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/read.h"

#define TYPES "mdev_supported_types"
#define ATTR_MAX 512

/* A type without its API or its free instances is none to libvirt. */
static bool read_type(struct vprep_nodedev_reader *r, const char *id,
		      struct vprep_nodedev_mdev_type *ret)
{
	_cleanup_free_ char *folder = vprep_strf(TYPES "/%s/", id);
	char name[ATTR_MAX];
	uint64_t available;

	if (!folder || strlen(folder) > ATTR_MAX / 2) {
		r->pool->failed |= !folder;
		return false;
	}
#define ATTR(attr) (snprintf(name, sizeof(name), "%s" attr, folder), name)
	ret->id = vprep_reader_text(r, id);
	ret->name = vprep_reader_attr(r, ATTR("name"));
	ret->device_api = vprep_reader_attr(r, ATTR("device_api"));
	ret->description = vprep_reader_attr(r, ATTR("description"));
	available = vprep_reader_number(r, ATTR("available_instances"), 10, UINT64_MAX);
#undef ATTR
	ret->available = (uint32_t)available;
	return ret->id && ret->device_api && available <= UINT32_MAX;
}

void vprep_read_mdev_types(struct vprep_nodedev_reader *r,
			   struct vprep_nodedev_mdev_types *ret)
{
	_cleanup_strv_ char **ids = NULL;
	size_t i;

	if (vprep_io_list(r->io, VPREP_SYS, &ids, "%s/" TYPES, r->path) < 0)
		return;
	ret->items = vprep_pool_alloc(r->pool, vprep_strv_len(ids), sizeof(*ret->items));
	for (i = 0; ret->items && ids[i]; i++)
		if (read_type(r, ids[i], &ret->items[ret->n]))
			ret->n++;
}

void vprep_read_types(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	vprep_read_mdev_types(r, &d->types);
}

/* The last part of the folder above; NULL when there is none. */
static const char *parent_name(struct vprep_nodedev_reader *r)
{
	const char *end = strrchr(r->path, '/'), *start = end;

	if (!end)
		return NULL;
	while (start > r->path && start[-1] != '/')
		start--;
	return vprep_pool_strf(r->pool, "%.*s", (int)(end - start), start);
}

const char *vprep_name_extra_mdev(struct vprep_nodedev_reader *r)
{
	return parent_name(r);
}

static uint64_t group_number(struct vprep_nodedev_reader *r)
{
	return vprep_number_of(vprep_reader_link(r, "iommu_group"), 10, UINT64_MAX);
}

bool vprep_is_listed_mdev(struct vprep_nodedev_reader *r)
{
	return vprep_reader_link(r, "mdev_type") && group_number(r) <= INT32_MAX;
}

void vprep_read_mdev(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	d->mdev.type = vprep_reader_link(r, "mdev_type");
	d->mdev.uuid = vprep_reader_text(r, r->sysname);
	d->mdev.parent = vprep_reader_text(r, parent_name(r));
	d->mdev.group = (unsigned)group_number(r);
}
