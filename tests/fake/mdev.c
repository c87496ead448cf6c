// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices as drivers/vfio/mdev makes them. What can be made is in
 * .fake/mdev/PARENT/TYPE; it is in sysfs while the parent's driver is bound. */
#include "fake/internal.h"

#include <ctype.h>
#include <string.h>

#define MDEV_DEVICE "sys/bus/mdev/devices/%s"

/* The parent's folder without links; NULL when it is gone. */
static char *parent_dir(struct fake *f, const char *parent)
{
	_cleanup_free_ char *link = vprep_strf("sys/class/mdev_bus/%s", parent);

	return fake_canonical(f, link);
}

/* An attribute that a type may have or not. */
static void show(struct fake *f, const char *parent, const char *type, const char *dir,
		 const char *attribute)
{
	_cleanup_free_ char *text =
		fake_get(f, ".fake/mdev/%s/%s/%s", parent, type, attribute);
	_cleanup_free_ char *line = vprep_strf("%s\n", text ? text : "");

	if (text)
		fake_put(f, 0444, line, "%s/%s", dir, attribute);
}

static void register_type(struct fake *f, const char *parent, const char *type)
{
	_cleanup_free_ char *base = parent_dir(f, parent);
	_cleanup_free_ char *dir = vprep_strf("%s/mdev_supported_types/%s", base, type);
	_cleanup_free_ char *count =
		fake_get(f, ".fake/mdev/%s/%s/instances", parent, type);
	_cleanup_free_ char *free_now = vprep_strf("%s\n", count);

	show(f, parent, type, dir, "device_api");
	show(f, parent, type, dir, "name");
	show(f, parent, type, dir, "description");
	fake_put(f, 0444, free_now, "%s/available_instances", dir);
	fake_put(f, 0200, "", "%s/create", dir);
	fake_mkdir(f, "%s/devices", dir);
}

void fake_register_mdev_parent(struct fake *f, const char *parent, const char *driver)
{
	_cleanup_free_ char *needed = fake_get(f, ".fake/mdev/%s/.driver", parent);
	_cleanup_strv_ char **types = fake_list(f, ".fake/mdev/%s", parent);
	_cleanup_free_ char *dir = vprep_strf(PCI_DEVICE, parent);
	size_t i;

	if (!needed || !streq(needed, driver))
		return;
	fake_mkdir(f, "sys/class/mdev_bus");
	fake_link(f, dir, "sys/class/mdev_bus/%s", parent);
	for (i = 0; types[i]; i++)
		if (types[i][0] != '.')
			register_type(f, parent, types[i]);
}

void fake_add_mdev_type(struct fake *f, const struct fake_mdev_type *t)
{
	_cleanup_free_ char *driver = fake_link_name(f, PCI_DEVICE "/driver", t->parent);
	_cleanup_free_ char *count = vprep_strf("%u", t->instances);
	_cleanup_close_ int lock = fake_lock(f);

	fake_mkdir(f, "sys/bus/mdev/devices");
	fake_mkdir(f, "sys/bus/mdev/drivers/vfio_mdev");
	if (!fake_has(f, "sys/class/mdev_bus/%s", t->parent)) {
		_cleanup_free_ char *dir =
			fake_has(f, PCI_DEVICE, t->parent)
				? vprep_strf(PCI_DEVICE, t->parent)
				: vprep_strf("sys/devices/virtual/%s/%s", t->parent,
					     t->parent);

		fake_mkdir(f, "sys/class/mdev_bus");
		if (!fake_has(f, PCI_DEVICE, t->parent))
			fake_mkdir(f, "%s", dir);
		fake_link(f, dir, "sys/class/mdev_bus/%s", t->parent);
	}
	if (driver)
		fake_put(f, 0600, driver, ".fake/mdev/%s/.driver", t->parent);
	fake_put(f, 0600, count, ".fake/mdev/%s/%s/instances", t->parent, t->id);
	fake_put(f, 0600, t->api ? t->api : "vfio-pci", ".fake/mdev/%s/%s/device_api",
		 t->parent, t->id);
	if (t->name)
		fake_put(f, 0600, t->name, ".fake/mdev/%s/%s/name", t->parent, t->id);
	if (t->description)
		fake_put(f, 0600, t->description, ".fake/mdev/%s/%s/description",
			 t->parent, t->id);
	if (t->params)
		fake_put(f, 0600, "", ".fake/params/%s", t->id);
	register_type(f, t->parent, t->id);
}

/* create_store() takes 36 bytes and does not look at a 37th; the name is in small
 * letters. NULL when it is no UUID. */
static char *parse_uuid(const char *value)
{
	char *uuid = strndup(value, 36);
	size_t i;

	must(uuid);
	for (i = 0; uuid[i]; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? uuid[i] != '-' : !isxdigit((unsigned char)uuid[i]))
			break;
		uuid[i] = (char)tolower((unsigned char)uuid[i]);
	}
	if (i == 36 && strlen(value) <= 37)
		return uuid;
	free(uuid);
	return NULL;
}

static void add_instances(struct fake *f, const char *type_dir, int n)
{
	unsigned now = fake_get_number(f, 0, "%s/available_instances", type_dir);
	_cleanup_free_ char *text = vprep_strf("%u\n", now + (unsigned)n);

	fake_store(f, text, "%s/available_instances", type_dir);
}

static void add_mdev(struct fake *f, const char *type_dir, const char *uuid)
{
	int group = fake_lowest_group(f);
	_cleanup_free_ char *base = strdup(type_dir), *dir = NULL, *number = NULL;
	_cleanup_free_ char *path = vprep_strf("sys/kernel/iommu_groups/%d", group);

	*strstr(base, "/mdev_supported_types") = '\0';
	dir = vprep_strf("%s/%s", base, uuid);
	fake_put(f, 0200, "", "%s/remove", dir);
	fake_put(f, 0644, "auto\n", "%s/power/control", dir);
	if (fake_has(f, ".fake/params/%s", strrchr(type_dir, '/') + 1))
		fake_put(f, 0644, "\n", "%s/nvidia/vgpu_params", dir);
	fake_link(f, type_dir, "%s/mdev_type", dir);
	fake_link(f, "sys/bus/mdev", "%s/subsystem", dir);
	fake_link(f, "sys/bus/mdev/drivers/vfio_mdev", "%s/driver", dir);
	/* Not the name that a group without IOMMU has alone: the node is /dev/vfio/N
	 * here. */
	fake_put(f, 0444, "vfio-noiommu\n", "%s/name", path);
	fake_mkdir(f, "%s/devices", path);
	fake_link(f, dir, "%s/devices/%s", path, uuid);
	fake_link(f, path, "%s/iommu_group", dir);
	fake_link(f, dir, "%s/devices/%s", type_dir, uuid);
	fake_link(f, dir, MDEV_DEVICE, uuid);
	if (fake_has(f, ".fake/cdev"))
		fake_add_vfio_dev(f, dir);
	number = vprep_strf("%d", group);
	fake_put(f, 0600, number, ".fake/mdevs/%s/group", uuid);
	fake_put(f, 0600, type_dir, ".fake/mdevs/%s/type", uuid);
	fake_put(f, 0600, dir, ".fake/mdevs/%s/dir", uuid);
	fake_add_group_node(f, group);
	add_instances(f, type_dir, -1);
}

int fake_store_create(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *uuid = parse_uuid(value);

	if (!uuid)
		return -EINVAL;
	/* Also one that is still going away. */
	if (fake_has(f, ".fake/mdevs/%s", uuid))
		return -EEXIST;
	if (fake_get_number(f, 0, "%s/available_instances", dir) == 0)
		return -ENOSPC;
	add_mdev(f, dir, uuid);
	return 0;
}

/* The links and the device's folder go first; the group's node when its users have. */
static void remove_mdev(struct fake *f, const char *uuid)
{
	_cleanup_free_ char *group = fake_get(f, ".fake/mdevs/%s/group", uuid);
	_cleanup_free_ char *type = fake_get(f, ".fake/mdevs/%s/type", uuid);
	_cleanup_free_ char *dir = fake_get(f, ".fake/mdevs/%s/dir", uuid);

	fake_remove(f, MDEV_DEVICE, uuid);
	fake_remove(f, "%s/devices/%s", type, uuid);
	fake_remove(f, "%s/remove", dir);
	fake_put(f, 0600, "", ".fake/busy/%s", uuid);
	fake_wait_while(f, ".fake/held/%s", uuid);
	fake_remove_vfio_dev(f, dir);
	fake_remove(f, "%s", dir);
	fake_remove(f, "sys/kernel/iommu_groups/%s", group);
	fake_remove_group_node(f, (int)strtol(group, NULL, 10));
	add_instances(f, type, 1);
	fake_remove(f, ".fake/mdevs/%s", uuid);
	fake_remove(f, ".fake/busy/%s", uuid);
}

int fake_store_remove(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *text = fake_chomp(value);
	const char *uuid = strrchr(dir, '/') + 1;
	uint64_t number;

	if (vprep_parse_u64(text, 10, UINT64_MAX, &number) < 0)
		return -EINVAL;
	must(fake_has(f, ".fake/mdevs/%s",
		      uuid)); /* nothing else has this attribute here */
	if (number)
		remove_mdev(f, uuid);
	return 0;
}

void fake_unregister_mdev_parent(struct fake *f, const char *parent)
{
	_cleanup_free_ char *dir = parent_dir(f, parent);
	_cleanup_strv_ char **mdevs = fake_list(f, ".fake/mdevs");
	size_t i;

	if (!dir)
		return;
	for (i = 0; mdevs[i]; i++)
		if (fake_has(f, "%s/%s", dir, mdevs[i]))
			remove_mdev(f, mdevs[i]);
	fake_remove(f, "%s/mdev_supported_types", dir);
	fake_remove(f, "sys/class/mdev_bus/%s", parent);
}

/* ---- functions that are vGPUs ---- */

/* What can be made of it now: nothing more once it is one. */
static void show_creatable(struct fake *f, const char *dir, const char *address)
{
	_cleanup_free_ char *types = fake_get(f, ".fake/vgpu/%s/types", address);
	_cleanup_free_ char *text = vprep_strf("%s\n", types);
	bool is_free = fake_get_number(f, 0, PCI_DEVICE "/nvidia/current_vgpu_type",
				       address) == 0;

	fake_put(f, 0444, is_free ? text : "", "%s/creatable_vgpu_types", dir);
}

void fake_add_vgpu(struct fake *f, const char *address, const char *types)
{
	_cleanup_free_ char *dir = vprep_strf(PCI_DEVICE "/nvidia", address);
	_cleanup_close_ int lock = fake_lock(f);

	fake_put(f, 0600, types, ".fake/vgpu/%s/types", address);
	fake_put(f, 0644, "0\n", "%s/current_vgpu_type", dir);
	show_creatable(f, dir, address);
}

static bool can_be(const char *types, uint64_t number)
{
	_cleanup_free_ char *line = vprep_strf("%llu ", (unsigned long long)number);
	const char *at = strstr(types, line);

	return at && (at == types || at[-1] == '\n');
}

int fake_store_vgpu(struct fake *f, const char *dir, const char *value)
{
	_cleanup_free_ char *text = fake_chomp(value), *types = NULL, *line = NULL;
	_cleanup_free_ char *device = strndup(dir, strlen(dir) - strlen("/nvidia"));
	const char *address = strrchr(device, '/') + 1;
	unsigned now = fake_get_number(f, 0, "%s/current_vgpu_type", dir);
	uint64_t number;

	types = fake_get(f, ".fake/vgpu/%s/types", address);
	if (vprep_parse_u64(text, 10, INT32_MAX, &number) < 0)
		return -EINVAL;
	if (fake_has(f, ".fake/held/%s", address) || (number && now))
		return -EPERM;
	if (number && !can_be(types, number))
		return -EINVAL;
	line = vprep_strf("%s\n", text);
	fake_store(f, line, "%s/current_vgpu_type", dir);
	show_creatable(f, dir, address);
	return 0;
}
