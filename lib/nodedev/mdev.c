// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices, and what their parents offer. */
#include <string.h>

#include "host/mdev.h"
#include "nodedev/kind.h"

/* A type without its API or its free instances is none to libvirt. */
void vprep_read_types(struct vprep_nodedev_reader *r, struct vprep_mdev_type_facts **ret,
		      size_t *ret_n)
{
	struct vprep_mdev_type_facts *types;
	size_t n, i;

	*ret_n = 0;
	if (vprep_mdev_types_read(r->io, r->pool, r->path, false, &types, &n) < 0)
		return;
	*ret = types;
	for (i = 0; i < n; i++) {
		struct vprep_mdev_type_facts *type = &types[i];

		type->id = vprep_reader_clean(type->id);
		type->name = vprep_reader_clean(type->name);
		type->description = vprep_reader_clean(type->description);
		type->api = vprep_reader_clean(type->api);
		if (type->id && type->api && type->is_counted)
			types[(*ret_n)++] = *type;
	}
}

/* No other capability can be asked for. */
uint32_t vprep_read_types_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	struct vprep_mdev_type_facts *types;
	size_t n;

	vprep_read_types(r, &types, &n);
	return n > 0 ? caps & VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES) : 0;
}

void vprep_emit_types(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	struct vprep_mdev_type_facts *types;
	size_t n, i;

	vprep_read_types(r, &types, &n);
	if (n == 0)
		return;
	vprep_emit_cap(e, "mdev_types");
	for (i = 0; i < n; i++) {
		vprep_emit_open(e, "type");
		e->set(e->to, "id", types[i].id);
		vprep_emit(e, "name", types[i].name);
		vprep_emit(e, "deviceAPI", types[i].api);
		vprep_emit_number(e, "availableInstances", "%u", types[i].available);
		vprep_emit_close(e);
	}
	vprep_emit_close(e);
}

const struct vprep_nodedev_kind vprep_nodedev_mdev_types = {
	.cap = "mdev_types",
	.emit = vprep_emit_types,
};

const struct vprep_nodedev_kind vprep_nodedev_ap_matrix = {
	.cap = "ap_matrix",
	.name = "ap_matrix",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES),
	.read_beneath = vprep_read_types_beneath,
	.emit = vprep_emit_types,
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

static void emit_mdev(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	struct vprep_mdev mdev = { .group = -1 };
	int found = vprep_mdev_read(r->io, r->sysname, &mdev);
	const char *type = vprep_reader_text(r, found == 0 ? mdev.type : "");

	vprep_emit_open(e, "type");
	e->set(e->to, "id", type ? type : "");
	vprep_emit_close(e);
	vprep_emit(e, "uuid", vprep_reader_text(r, r->sysname));
	vprep_emit(e, "parent_addr", vprep_reader_text(r, parent_name(r)));
	vprep_emit_with(e, "iommuGroup", "number", "%u", (unsigned)mdev.group);
	vprep_mdev_done(&mdev);
}

const struct vprep_nodedev_kind vprep_nodedev_mdev = {
	.cap = "mdev",
	.is_listed = is_listed,
	.name_extra = parent_name,
	.emit = emit_mdev,
};
