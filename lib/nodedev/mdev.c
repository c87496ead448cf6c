// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices, and what their parents offer. */
#include <string.h>

#include "host/mdev.h"
#include "nodedev/read.h"

/* A type without its API or its free instances is none to libvirt. */
void vprep_read_mdev_types(struct vprep_nodedev_reader *r,
			   struct vprep_nodedev_mdev_types *ret)
{
	struct vprep_mdev_type_facts *types;
	size_t n, i;

	if (vprep_mdev_types_read(r->io, r->pool, r->path, false, &types, &n) < 0)
		return;
	ret->items = types;
	for (i = 0; i < n; i++) {
		struct vprep_mdev_type_facts *type = &types[i];

		type->id = vprep_reader_clean(type->id);
		type->name = vprep_reader_clean(type->name);
		type->description = vprep_reader_clean(type->description);
		type->api = vprep_reader_clean(type->api);
		if (type->id && type->api && type->is_counted)
			types[ret->n++] = *type;
	}
}

void vprep_read_types(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	vprep_read_mdev_types(r, &d->types);
}

/* The part of the path before the last one, below which the device lies. */
static char *parent_name(struct vprep_nodedev_reader *r)
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

bool vprep_is_listed_mdev(struct vprep_nodedev_reader *r)
{
	struct vprep_mdev mdev = { .group = -1 };
	bool has_group =
		vprep_mdev_read(r->io, r->sysname, &mdev) == 0 && mdev.group >= 0;

	vprep_mdev_done(&mdev);
	return has_group;
}

void vprep_read_mdev(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	struct vprep_mdev mdev = { .group = -1 };

	d->mdev.uuid = vprep_reader_text(r, r->sysname);
	if (vprep_mdev_read(r->io, r->sysname, &mdev) == 0) {
		d->mdev.type = vprep_reader_text(r, mdev.type);
		d->mdev.parent = vprep_reader_text(r, mdev.parent);
		d->mdev.group = (unsigned)mdev.group;
	}
	vprep_mdev_done(&mdev);
}
