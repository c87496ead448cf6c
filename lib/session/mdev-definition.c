// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/mdev-definition.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "declared/declared.h"
#include "host/mdevctl.h"

/* What the administrator says of a mediated device. */
struct said {
	struct vprep_mdev_definition definition;
	char *settings;
	const char *by; /* for messages */
};

static int read_mdevctl(const struct vprep_session *session, struct vprep_pool *pool,
			const char *uuid, struct said *ret, struct vprep_error *err)
{
	struct vprep_mdevctl found = { 0 };
	int r = vprep_mdevctl_find(session->io, uuid, &found, err);

	if (r < 0)
		return r;
	ret->by = "mdevctl's definition";
	ret->definition.type = vprep_pool_take(pool, found.type);
	if (found.parent)
		ret->definition.parent = vprep_pool_take(pool, found.parent);
	if (found.settings)
		ret->settings = vprep_pool_take(pool, found.settings);
	return pool->failed ? vprep_error_oom(err) : 0;
}

/* What a section says, of the configuration or of what is declared. */
static int take_section(struct vprep_pool *pool, const struct vprep_config_mdev *mdev,
			struct said *ret, struct vprep_error *err)
{
	ret->definition = mdev->definition;
	ret->definition.type = vprep_pool_dup(pool, mdev->definition.type);
	ret->definition.parent = vprep_pool_dup(pool, mdev->definition.parent);
	if (mdev->params)
		ret->settings =
			vprep_pool_strf(pool, VPREP_MDEV_PARAMS_SETTING, mdev->params);
	return pool->failed ? vprep_error_oom(err) : 0;
}

/* -ENOENT: it has no section for it. */
static int read_configured(const struct vprep_session *session, struct vprep_pool *pool,
			   const char *uuid, struct said *ret, struct vprep_error *err)
{
	const struct vprep_config_mdev *found;

	found = vprep_config_find_mdev(session->config, uuid);
	if (!found)
		return -ENOENT;
	ret->by = vprep_pool_strf(pool, "[mdev.%s] in the configuration", uuid);
	return take_section(pool, found, ret, err);
}

/* -ENOENT: it is not declared. */
static int read_declared(const struct vprep_session *session, struct vprep_pool *pool,
			 const char *name, struct said *ret, struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared = NULL;
	const struct vprep_declared_mdev *found;
	struct vprep_uuid uuid;
	int r = vprep_declared_read(session->io, session->config->declared_dirs,
				    &declared, err);

	if (r < 0)
		return r;
	found = vprep_uuid_parse(name, &uuid) < 0
			? NULL
			: vprep_declared_find_mdev(declared, &uuid);
	if (!found)
		return -ENOENT;
	ret->by = vprep_pool_strf(pool, "[mdev %s] in %s", name, found->mdev.file);
	return take_section(pool, &found->mdev, ret, err);
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

/* The address in a name such as "pci_0000_06_00_0"; "": it is any other name. */
static struct vprep_pci_text address_in(const char *name)
{
	struct vprep_device parent;

	return vprep_device_parse_name(name, &parent, NULL) == 0 &&
			       parent.kind == &vprep_kind_pci && !parent.asked.pci.netdev
		       ? vprep_pci_address_text(parent.asked.pci.address)
		       : (struct vprep_pci_text){ "" };
}

bool vprep_mdev_is_parent(const char *said, const char *parent)
{
	return streq(said, parent) || streq(address_in(said).s, parent);
}

/* As sysfs has it. */
static void resolve_parent(struct vprep_pool *pool,
			   struct vprep_mdev_definition *definition)
{
	struct vprep_pci_text address = { "" };

	if (definition->parent)
		address = address_in(definition->parent);
	if (*address.s)
		definition->parent = vprep_pool_dup(pool, address.s);
}

/* An attribute that the metadata may leave out, and say where the administrator leaves it
 * open. */
static int agree(const struct vprep_device *device, const struct said *said,
		 const char *name, const char *asked, const char *by_administrator,
		 struct vprep_error *err)
{
	if (!asked || !by_administrator || streq(asked, by_administrator))
		return 0;
	return vprep_error_set(
		err, VPREP_E_REFUSED, EPERM, device->sysfs,
		"line %u: %s='%.60s' for mdev %s, but %s says %s = %.60s, which a "
		"domain's metadata cannot change; leave the element out",
		device->definition.line, name, asked, device->sysfs, said->by, name,
		by_administrator);
}

/* The metadata may choose what the administrator leaves open, and nothing else. */
static int merge(struct vprep_device *device, const struct said *said,
		 struct vprep_error *err)
{
	const struct vprep_mdev_definition *is = &said->definition;
	struct vprep_mdev_definition *asked = &device->definition;
	int r;

	r = agree(device, said, "type", asked->type, is->type, err);
	if (r == 0)
		r = agree(device, said, "parent", asked->parent, is->parent, err);
	if (r == 0)
		r = agree(device, said, "placement",
			  vprep_mdev_placement_name(asked->placement),
			  vprep_mdev_placement_name(is->placement), err);
	if (r < 0)
		return r;
	asked->type = is->type;
	if (is->parent)
		asked->parent = is->parent;
	if (is->placement != VPREP_PLACEMENT_DEFAULT)
		asked->placement = is->placement;
	device->settings = said->settings;
	return 0;
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
	struct said said = { .by = NULL };
	int r;

	if (!device->is_new)
		return check_api(session, device, err);
	r = read_mdevctl(session, pool, device->sysfs, &said, err);
	if (r == -ENOENT)
		r = read_configured(session, pool, device->sysfs, &said, err);
	if (r == -ENOENT)
		r = read_declared(session, pool, device->sysfs, &said, err);
	if (r == -ENOENT && !device->definition.type)
		return refuse(device, err);
	if (r < 0 && r != -ENOENT)
		return r;
	resolve_parent(pool, &device->definition);
	resolve_parent(pool, &said.definition);
	if (pool->failed)
		return vprep_error_oom(err);
	return r == 0 ? merge(device, &said, err) : 0;
}
