// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices that are declared, and how they are made. */
#include <errno.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/mdev.h"
#include "session/mdev-definition.h"
#include "verb/apply.h"
#include "verb/mdev-create.h"

char *vprep_apply_mdev_name(const struct vprep_uuid *uuid)
{
	return vprep_strf(VPREP_STEP_MADE_MDEV "%s", vprep_uuid_text(uuid).s);
}

static bool is_parent(const struct vprep_mdev_definition *declared,
		      const struct vprep_mdev *mdev)
{
	return !declared->parent ||
	       (mdev->parent && vprep_mdev_is_parent(declared->parent, mdev->parent));
}

int vprep_apply_look_at_mdev(struct vprep_apply *apply,
			     const struct vprep_declared_mdev *declared, const char *made)
{
	const struct vprep_mdev_definition *d = &declared->mdev.definition;
	struct vprep_uuid_text uuid = vprep_uuid_text(&declared->mdev.uuid);
	_cleanup_(vprep_mdev_done) struct vprep_mdev mdev = { 0 };
	struct vprep_apply_item *item;
	int r;

	vprep_apply_want(apply, made);
	r = vprep_mdev_read(apply->session->io, uuid.s, &mdev);
	if (r < 0 && r != -ENODEV)
		return r;
	if (r == -ENODEV && !declared->boot)
		return 0;
	if (r == -ENODEV) {
		item = vprep_apply_add(apply, VPREP_APPLY_MDEV, made,
				       "it is not there; declared a %s%s%s (%s)", d->type,
				       d->parent ? " on " : "",
				       d->parent ? d->parent : "", declared->mdev.file);
		if (item)
			item->mdev = &declared->mdev;
	} else if (!vprep_mdev_is_type(apply->session->io, mdev.parent, mdev.type,
				       d->type) ||
		   !is_parent(d, &mdev)) {
		vprep_apply_add(
			apply, VPREP_APPLY_MISSING, made,
			"it is a %s on %s; declared a %s%s%s (%s): remove it first",
			mdev.type ? mdev.type : "?", mdev.parent ? mdev.parent : "?",
			d->type, d->parent ? " on " : "", d->parent ? d->parent : "",
			declared->mdev.file);
	}
	return 0;
}

int vprep_apply_add_mdev(struct vprep_attach_context *context,
			 const struct vprep_config_mdev *mdev, struct vprep_error *err)
{
	const struct vprep_uuid_text uuid = vprep_uuid_text(&mdev->uuid);
	const struct vprep_mdev_request request = {
		.type = mdev->definition.type,
		.parent = mdev->definition.parent,
		.uuid = uuid.s,
		.placement = vprep_mdev_placement_name(mdev->definition.placement),
		.vendor_params = mdev->params,
	};

	return vprep_mdev_add_new(context->session, &request, &mdev->uuid,
				  &context->devices, err);
}
