// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/mdev-definition.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "host/mdevctl.h"

static int take_mdevctl(const struct vprep_session *session, struct vprep_pool *pool,
			struct vprep_device *device, struct vprep_error *err)
{
	struct vprep_mdevctl found = { 0 };
	int r = vprep_mdevctl_find(session->io, device->sysfs, &found, err);

	if (r < 0)
		return r;
	device->definition.type = vprep_pool_take(pool, found.type);
	if (found.parent)
		device->definition.parent = vprep_pool_take(pool, found.parent);
	if (found.settings)
		device->settings = vprep_pool_take(pool, found.settings);
	return pool->failed ? vprep_error_oom(err) : 0;
}

/* -ENOENT: it has no section for it. */
static int take_configured(const struct vprep_session *session, struct vprep_pool *pool,
			   struct vprep_device *device, struct vprep_error *err)
{
	const struct vprep_config_mdev *found;

	found = vprep_config_find_mdev(session->config, device->sysfs);
	if (!found)
		return -ENOENT;
	device->definition = found->definition;
	if (found->params)
		device->settings =
			vprep_pool_strf(pool, VPREP_MDEV_PARAMS_SETTING, found->params);
	return pool->failed ? vprep_error_oom(err) : 0;
}

static int refuse(const struct vprep_device *device, struct vprep_error *err)
{
	return vprep_error_set(
		err, VPREP_E_NOT_FOUND, ENODEV, device->sysfs,
		"mdev %s does not exist, and nothing says how to make it: add "
		"<vp:mdev uuid='%s' type='TYPE'/> to <vp:prepare> in the domain's "
		"metadata, or the lines '[mdev.%s]' and 'type = TYPE' to the "
		"configuration; 'vfio-prep mdev types' shows the types",
		device->sysfs, device->sysfs, device->sysfs);
}

/* "pci_0000_06_00_0" as sysfs has it; any other name is left. */
static int resolve_parent(struct vprep_pool *pool, struct vprep_device *device,
			  struct vprep_error *err)
{
	struct vprep_mdev_definition *definition = &device->definition;
	struct vprep_device parent;

	if (definition->parent &&
	    vprep_device_parse_name(definition->parent, &parent, NULL) == 0 &&
	    parent.kind == &vprep_kind_pci && !parent.asked.pci.netdev)
		definition->parent = vprep_pool_dup(
			pool, vprep_pci_address_text(parent.asked.pci.address).s);
	return pool->failed ? vprep_error_oom(err) : 0;
}

static int check_api(const struct vprep_session *session,
		     const struct vprep_device *device, struct vprep_error *err)
{
	_cleanup_free_ char *api = NULL;

	if (!device->asked.mdev.api ||
	    vprep_io_read(session->io, VPREP_SYS, &api,
			  "bus/mdev/devices/%s/mdev_type/device_api",
			  device->sysfs) < 0 ||
	    streq(api, device->asked.mdev.api))
		return 0;
	return vprep_error_set(err, VPREP_E_UNSUPPORTED, EOPNOTSUPP, device->sysfs,
			       "mdev %s is a device for %.40s, and the domain asks for "
			       "model='%s'; set model='%.40s' in its XML",
			       device->sysfs, api, device->asked.mdev.api, api);
}

int vprep_mdev_complete(const struct vprep_session *session, struct vprep_pool *pool,
			struct vprep_device *device, struct vprep_error *err)
{
	int r = 0;

	if (!device->is_new)
		return check_api(session, device, err);
	if (!device->definition.type) {
		r = take_mdevctl(session, pool, device, err);
		if (r == -ENOENT)
			r = take_configured(session, pool, device, err);
		if (r == -ENOENT)
			r = refuse(device, err);
	}
	return r < 0 ? r : resolve_parent(pool, device, err);
}
