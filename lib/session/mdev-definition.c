// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/mdev-definition.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/mdevctl.h"
#include "model/name.h"

static int take_mdevctl(const struct vprep_session *session, struct vprep_target *target,
			struct vprep_error *err)
{
	struct vprep_mdevctl found = { 0 };
	int r = vprep_mdevctl_find(session->io, target->sysfs, &found, err);

	if (r < 0)
		return r;
	target->definition.type = found.type;
	target->definition.parent = found.parent;
	target->settings = found.settings;
	return 0;
}

/* -ENOENT: it has no section for it. */
static int take_configured(const struct vprep_session *session,
			   struct vprep_target *target, struct vprep_error *err)
{
	const struct vprep_config_mdev *found;
	int r;

	found = vprep_config_find_mdev(session->config, target->sysfs);
	if (!found)
		return -ENOENT;
	r = vprep_mdev_definition_copy(&found->definition, &target->definition);
	if (r == 0 && found->params)
		r = (target->settings = vprep_mdev_params_setting(found->params))
			    ? 0
			    : -ENOMEM;
	return r < 0 ? vprep_error_oom(err) : 0;
}

static int refuse(const struct vprep_target *target, struct vprep_error *err)
{
	return vprep_error_set(
		err, VPREP_E_NOT_FOUND, ENODEV, target->sysfs,
		"mdev %s does not exist, and nothing says how to make it: add "
		"<vp:mdev uuid='%s' type='TYPE'/> to <vp:prepare> in the domain's "
		"metadata, or the lines '[mdev.%s]' and 'type = TYPE' to the "
		"configuration; 'vfio-prep mdev types' shows the types",
		target->sysfs, target->sysfs, target->sysfs);
}

/* "pci_0000_06_00_0" as sysfs has it; any other name is left. */
static int resolve_parent(struct vprep_target *target, struct vprep_error *err)
{
	struct vprep_name name;
	int r = 0;

	if (target->definition.parent &&
	    vprep_name_parse(target->definition.parent, &name, NULL) == 0 &&
	    name.kind == VPREP_NAME_PCI)
		r = vprep_str_replace(&target->definition.parent,
				      vprep_pci_address_text(name.pci).s);
	return r < 0 ? vprep_error_oom(err) : 0;
}

static int check_api(const struct vprep_session *session,
		     const struct vprep_target *target, struct vprep_error *err)
{
	_cleanup_free_ char *api = NULL;

	if (!target->api ||
	    vprep_io_read(session->io, VPREP_SYS, &api,
			  "bus/mdev/devices/%s/mdev_type/device_api",
			  target->sysfs) < 0 ||
	    streq(api, target->api))
		return 0;
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, target->sysfs,
			       "mdev %s is a device for %.40s, and the domain asks for "
			       "model='%s'; set model='%.40s' in its XML",
			       target->sysfs, api, target->api, api);
}

int vprep_mdev_complete(const struct vprep_session *session, struct vprep_target *target,
			struct vprep_error *err)
{
	int r = 0;

	if (!target->is_new)
		return check_api(session, target, err);
	if (!target->definition.type) {
		r = take_mdevctl(session, target, err);
		if (r == -ENOENT)
			r = take_configured(session, target, err);
		if (r == -ENOENT)
			r = refuse(target, err);
	}
	return r < 0 ? r : resolve_parent(target, err);
}
