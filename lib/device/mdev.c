// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mediated devices: made if need be. Each has an IOMMU group for itself, whose node is
 * thus the device's own.
 */
#include <ctype.h>
#include <errno.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "device/kind.h"
#include "device/qemu.h"
#include "host/cdev.h"
#include "host/mdev.h"
#include "in-use/in-use.h"
#include "xml/value.h"

#define PREFIX "mdev_"
#define FOLDER "bus/mdev/devices"

static const char *const apis[] = { "vfio-pci", "vfio-ccw", "vfio-ap" };

/* One of the above. NULL: none of them. */
static const char *find_api(const char *name)
{
	int i = name ? vprep_word_index(apis, VPREP_ARRAY_SIZE(apis), name) : -1;

	return i < 0 ? NULL : apis[i];
}

/* mdev_UUID, and since libvirt 7.3 mdev_UUID_PARENT. libvirt writes '_' for every '-'. */
static bool parse_name(const char *text, struct vprep_device_asked *ret)
{
	struct vprep_uuid_text uuid = { "" };
	const char *s = text + strlen(PREFIX);
	size_t i;

	if (!vprep_is_node_device_name(text, PREFIX))
		return false;
	for (i = 0; i < sizeof(uuid.s) - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		uuid.s[i] = s[i] == '_' ? '-' : s[i];
		if (dash ? uuid.s[i] != '-' : !isxdigit((unsigned char)uuid.s[i]))
			return false;
	}
	return (s[i] == '\0' || s[i] == '_') &&
	       vprep_uuid_parse(uuid.s, &ret->mdev.uuid) == 0;
}

static int read_hostdev(const struct vprep_xml_node *hostdev,
			const struct vprep_xml_node *source,
			struct vprep_device_asked *ret, struct vprep_pool *pool,
			struct vprep_error *err)
{
	const char *model = vprep_xml_attribute(hostdev, "model");
	const struct vprep_xml_node *address =
		vprep_xml_child(source, VPREP_XML_PLAIN, "address");
	const char *uuid = address ? vprep_xml_attribute(address, "uuid") : NULL;

	(void)pool;
	ret->mdev.api = find_api(model);
	if (!ret->mdev.api)
		return vprep_xml_refuse(err, hostdev->line,
					"<%.60s model='%.60s'>: expected vfio-pci, "
					"vfio-ccw or vfio-ap",
					hostdev->name, model ? model : "");
	if (!uuid)
		return vprep_xml_refuse(err, source->line,
					"<source> has no <address uuid=...>");
	if (vprep_uuid_parse(uuid, &ret->mdev.uuid) < 0)
		return vprep_xml_refuse(err, address->line,
					"<address uuid='%.60s'>: not a UUID", uuid);
	return 0;
}

static bool is_same(const struct vprep_device_asked *a,
		    const struct vprep_device_asked *b)
{
	return vprep_uuid_same(&a->mdev.uuid, &b->mdev.uuid);
}

static struct vprep_device_text text_of(const struct vprep_device_asked *asked)
{
	struct vprep_device_text text;

	snprintf(text.s, sizeof(text.s), "mdev %s", vprep_uuid_text(&asked->mdev.uuid).s);
	return text;
}

static void add_json(struct vprep_json to, const struct vprep_device_asked *asked)
{
	const struct vprep_mdev_definition *definition = &asked->mdev.definition;

	vprep_json_add_string(to, "uuid", vprep_uuid_text(&asked->mdev.uuid).s);
	vprep_json_add_string(to, "model", asked->mdev.api);
	vprep_json_add_string(to, "mdev_type", definition->type);
	vprep_json_add_string(to, "parent", definition->parent);
	vprep_json_add_string(to, "placement",
			      vprep_mdev_placement_name(definition->placement));
}

/* One that does not exist is new; its definition is the caller's to complete. -ENXIO: no
 * VFIO driver took it. */
static int find(struct vprep_device_finding *f, struct vprep_device *d)
{
	struct vprep_mdev mdev = { .group = -1 };
	int group, r;

	d->name = vprep_pool_dup(f->pool, vprep_uuid_text(&d->asked.mdev.uuid).s);
	if (!d->name)
		return -ENOMEM;
	r = vprep_mdev_read(f->io, d->name, &mdev);
	group = mdev.group;
	vprep_mdev_done(&mdev);
	if (r < 0 && r != -ENODEV)
		return r;
	d->is_new = r == -ENODEV;
	if (!d->is_new && !vprep_vfio_has_node(f->io, d->name, group)) {
		f->explained = true;
		return vprep_error_set(
			f->err, VPREP_E_FAILED, ENXIO, d->name,
			"mdev %s is there, but no VFIO driver has taken it; "
			"see the kernel log",
			d->name);
	}
	d->libvirt_name = vprep_device_libvirt_name(f->pool, PREFIX, d->name);
	d->sysfs = d->name;
	d->definition = d->asked.mdev.definition;
	if (group >= 0)
		d->node.path = vprep_pool_strf(f->pool, "vfio/%d", group);
	/* The number of the group, which names the node, is known once the device is
	 * there; that it is in the group of that number holds whatever it is. %S: /sys. */
	d->match = vprep_pool_strf(f->pool,
				   "SUBSYSTEM==\"vfio\", "
				   "TEST==\"%%S/kernel/iommu_groups/%%k/devices/%s\"",
				   d->name);
	return vprep_device_finding_result(f);
}

static int look_for_uses(struct vprep_in_use *in_use, struct vprep_device *d)
{
	int r = d->node.path ? vprep_in_use_node(in_use, d->node.path, &d->uses) : 0;

	/* its group is elsewhere in sysfs; the node of its own is below it */
	return r < 0 || d->is_new ? r : vprep_in_use_below(in_use, d->sysfs, &d->uses);
}

static int look_for_guest(const struct vprep_io *io, struct vprep_pool *pool,
			  struct vprep_device *d)
{
	_cleanup_free_ char *api = NULL;
	const char *known;

	if (vprep_io_read(io, VPREP_SYS, &api, FOLDER "/%s/mdev_type/device_api",
			  d->name) < 0)
		known = d->asked.mdev.api;
	else
		known = find_api(api);
	d->mdev_api = known ? known : apis[0];
	/* one that the domain describes is made before the guest starts: no group yet */
	return d->is_new && !d->asked.name
		       ? 0
		       : vprep_device_look_for_group(io, pool, FOLDER, d);
}

static int add_to_qemu(struct vprep_qemu *qemu, const struct vprep_device *d)
{
	_cleanup_free_ char *path = vprep_strf("/sys/" FOLDER "/%s", d->name);

	return path ? vprep_qemu_add_vfio(
			      qemu, d->mdev_api,
			      &(struct vprep_qemu_pair){ "sysfsdev", path, 0 }, d)
		    : -ENOMEM;
}

const struct vprep_device_kind vprep_kind_mdev = {
	.type = "mdev",
	.name_prefix = PREFIX,
	.folder = FOLDER,
	.missing = "mediated device",
	.missing_hint = "",
	.is_vfio = true,
	.parse_name = parse_name,
	.read_hostdev = read_hostdev,
	.is_same = is_same,
	.text = text_of,
	.add_json = add_json,
	.find = find,
	.look_for_uses = look_for_uses,
	.look_for_guest = look_for_guest,
	.add_to_qemu = add_to_qemu,
};
