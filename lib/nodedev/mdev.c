// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices, and what their parents offer. */
#include <string.h>

#include "host/mdev.h"
#include "nodedev/kind.h"

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

uint32_t vprep_read_types_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	struct vprep_nodedev_mdev_types types = { 0 };

	(void)caps; /* no other can be asked for */
	vprep_read_mdev_types(r, &types);
	return types.n > 0 ? VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES) : 0;
}

static void read_types(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	vprep_read_mdev_types(r, &d->types);
}

void vprep_emit_types(const struct vprep_nodedev_emitter *e,
		      const struct vprep_nodedev_mdev_types *types)
{
	size_t i;

	if (types->n == 0)
		return;
	vprep_emit_cap(e, "mdev_types");
	for (i = 0; i < types->n; i++) {
		const struct vprep_mdev_type_facts *type = &types->items[i];

		vprep_emit_open(e, "type");
		e->set(e->to, "id", type->id);
		vprep_emit(e, "name", type->name);
		vprep_emit(e, "deviceAPI", type->api);
		vprep_emit_number(e, "availableInstances", "%u", type->available);
		vprep_emit_close(e);
	}
	vprep_emit_close(e);
}

static void emit_types(const struct vprep_nodedev *d,
		       const struct vprep_nodedev_emitter *e)
{
	vprep_emit_types(e, &d->types);
}

const struct vprep_nodedev_kind vprep_nodedev_mdev_types = {
	.cap = "mdev_types",
	.read = read_types,
	.emit = emit_types,
};

const struct vprep_nodedev_kind vprep_nodedev_ap_matrix = {
	.cap = "ap_matrix",
	.name = "ap_matrix",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES),
	.read_beneath = vprep_read_types_beneath,
	.read = read_types,
	.emit = emit_types,
};

/* The part of the path before the last one, below which the device lies. */
static const char *parent_name(struct vprep_nodedev_reader *r)
{
	const char *end = strrchr(r->path, '/'), *start = end;

	if (!end)
		return NULL;
	while (start > r->path && start[-1] != '/')
		start--;
	return vprep_pool_strf(r->pool, "%.*s", (int)(end - start), start);
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	struct vprep_mdev mdev = { .group = -1 };
	bool has_group =
		vprep_mdev_read(r->io, r->sysname, &mdev) == 0 && mdev.group >= 0;

	vprep_mdev_done(&mdev);
	return has_group;
}

static void read_mdev(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
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

static void emit_mdev(const struct vprep_nodedev *d,
		      const struct vprep_nodedev_emitter *e)
{
	vprep_emit_open(e, "type");
	e->set(e->to, "id", d->mdev.type ? d->mdev.type : "");
	vprep_emit_close(e);
	vprep_emit(e, "uuid", d->mdev.uuid);
	vprep_emit(e, "parent_addr", d->mdev.parent);
	vprep_emit_with(e, "iommuGroup", "number", "%u", d->mdev.group);
}

const struct vprep_nodedev_kind vprep_nodedev_mdev = {
	.cap = "mdev",
	.is_listed = is_listed,
	.name_extra = parent_name,
	.read = read_mdev,
	.emit = emit_mdev,
};
