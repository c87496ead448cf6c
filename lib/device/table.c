// SPDX-License-Identifier: GPL-2.0-or-later
/* All kinds of devices. The order is that of QEMU's buses and of words in messages. */
#include "device/kind.h"

#include <ctype.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/cdev.h"
#include "udev/rule.h"

#define VALUE_MAX 200 /* of an attribute in a rule */

const struct vprep_device_kind *const vprep_device_kinds[] = {
	&vprep_kind_pci,
	&vprep_kind_usb,
	&vprep_kind_mdev,
	&vprep_kind_scsi,
	&vprep_kind_scsi_host,
	&vprep_kind_vdpa,
	NULL,
};

const char *vprep_device_libvirt_name(struct vprep_pool *pool, const char *prefix,
				      const char *sysfs)
{
	char *name = vprep_pool_strf(pool, "%s%s", prefix, sysfs);
	char *p;

	for (p = name ? name + strlen(prefix) : NULL; p && *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return name;
}

int vprep_device_find_sysfs(const struct vprep_device_finding *f, struct vprep_device *d)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(f->io, VPREP_SYS, &names, "%s", d->kind->folder);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	for (i = 0; names[i]; i++) {
		const char *name = vprep_device_libvirt_name(
			f->pool, d->kind->name_prefix, names[i]);

		if (name && streq(name, d->asked.name)) {
			d->sysfs = vprep_pool_dup(f->pool, names[i]);
			break;
		}
	}
	return vprep_device_finding_result(f) < 0 ? -ENOMEM : names[i] ? 0 : -ENODEV;
}

int vprep_device_read_identity(const struct vprep_device_finding *f,
			       const struct vprep_device *d, const char *attribute,
			       char **ret)
{
	int r = vprep_io_read(f->io, VPREP_SYS, ret, "%s/%s/%s", d->kind->folder,
			      d->sysfs, attribute);

	/* some devices have the attribute, and nothing to say in it */
	if (r == -ENOENT || r == -EINVAL || r == -ENXIO) {
		*ret = NULL;
		r = 0;
	}
	return r;
}

int vprep_device_match(const struct vprep_device_finding *f, struct vprep_device *d,
		       char *numbers, const char *key, const char *const attributes[])
{
	_cleanup_free_ char *start = numbers;
	_cleanup_buf_ struct vprep_buf match = { 0 };
	char *text = NULL;
	size_t i;
	int r = start ? 0 : -ENOMEM;

	if (r == 0)
		vprep_buf_add(&match, start);
	for (i = 0; r == 0 && attributes[i]; i++) {
		_cleanup_free_ char *value = NULL;

		r = vprep_device_read_identity(f, d, attributes[i], &value);
		if (r == 0 && value && *value && strlen(value) <= VALUE_MAX)
			vprep_rule_match_attribute(&match, key, attributes[i], value);
	}
	if (r == 0)
		r = vprep_buf_take(&match, &text);
	if (r == 0)
		d->match = vprep_pool_take(f->pool, text);
	return r;
}

int vprep_device_look_for_group(const struct vprep_io *io, struct vprep_pool *pool,
				const char *folder, struct vprep_device *device)
{
	_cleanup_free_ char *group = NULL;
	uint64_t number;
	char *cdev = NULL;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &group, "%s/%s/iommu_group", folder,
			       device->name);
	if (r < 0 && r != -ENOENT)
		return r;
	if (group && vprep_parse_u64(group, 10, INT32_MAX, &number) < 0)
		return -EIO;
	if (group)
		device->group = (int64_t)number;
	device->node.path =
		group ? vprep_pool_strf(pool, "vfio/%u", (unsigned)number) : NULL;
	r = vprep_cdev_find(io, device->name, &cdev);
	if (r < 0)
		return r;
	if (!group && !cdev)
		return -ENODEV;
	if (cdev)
		device->cdev.path = vprep_pool_take(pool, cdev);
	return pool->failed ? -ENOMEM : 0;
}
