// SPDX-License-Identifier: GPL-2.0-or-later
/* Nodes of graphics cards. */
#include "nodedev/kind.h"

/* The kernel gives each type of node 64 numbers. */
static const char *type_of(struct vprep_nodedev_reader *r)
{
	static const char *const types[] = { "primary", "control", "render" };
	uint64_t minor =
		vprep_number_of(vprep_udev_kernel(&r->udev, "MINOR"), 10, UINT64_MAX);

	return minor / 64 < VPREP_ARRAY_SIZE(types) ? types[minor / 64] : NULL;
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	return type_of(r);
}

static void emit_drm(struct vprep_nodedev_reader *r,
		     const struct vprep_nodedev_emitter *e)
{
	vprep_emit(e, "type", type_of(r));
}

static void tell_drm(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	vprep_page_addf(page, "what", "%s node of a graphics card", type_of(r));
}

const struct vprep_nodedev_kind vprep_nodedev_drm = {
	.cap = "drm",
	.devtype = "drm_minor",
	.is_listed = is_listed,
	.emit = emit_drm,
	.tell = tell_drm,
};
