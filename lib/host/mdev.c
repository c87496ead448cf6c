// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/mdev.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "model/pci.h"

#define TYPES "%s/mdev_supported_types"
#define BUS "class/mdev_bus"
#define VGPU_DRIVERS "bus/pci/drivers/nvidia"
#define VGPU "bus/pci/devices/%s/nvidia/"

/* The device went away while we looked, or never had such an attribute. */
static int absent_is_null(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -ENOTDIR ? 0 : r;
}

static int list(const struct vprep_io *io, struct vprep_pool *pool, const char *folder,
		char ***ret)
{
	char **names = NULL;
	int r = absent_is_null(vprep_io_list(io, VPREP_SYS, &names, "%s", folder));

	if (r < 0)
		return r;
	*ret = names ? vprep_pool_take_list(pool, names)
		     : vprep_pool_alloc(pool, 1, sizeof(*names));
	return *ret && !pool->failed ? 0 : -ENOMEM;
}

/* *@ret is NULL for a type without the attribute, or whose driver gives an error: that
 * hides no other type. */
static int read_text(const struct vprep_io *io, struct vprep_pool *pool,
		     const char *folder, const char *attribute, char **ret)
{
	char *text = NULL;
	int r = vprep_io_read(io, VPREP_SYS, &text, "%s/%s", folder, attribute);

	*ret = r == 0 ? vprep_pool_take(pool, text) : NULL;
	return pool->failed ? -ENOMEM : vprep_error_is_shortage(r) ? r : 0;
}

/* 1: the kernel took the type away meanwhile. */
static int read_type(const struct vprep_io *io, struct vprep_pool *pool,
		     const char *folder, bool instances,
		     struct vprep_mdev_type_facts *type)
{
	uint64_t available;
	char *path;
	int r;

	r = vprep_io_read_u64(io, VPREP_SYS, 10, &available, "%s/available_instances",
			      folder);
	if (r == -ENOENT || r == -ENODEV)
		return 1;
	if (vprep_error_is_shortage(r))
		return r;
	type->is_counted = r == 0 && available <= UINT32_MAX;
	type->available = type->is_counted ? (unsigned)available : 0;
	r = read_text(io, pool, folder, "name", &type->name);
	if (r == 0)
		r = read_text(io, pool, folder, "description", &type->description);
	if (r == 0)
		r = read_text(io, pool, folder, "device_api", &type->api);
	if (r < 0 || !instances)
		return r;
	path = vprep_pool_strf(pool, "%s/devices", folder);
	return path ? list(io, pool, path, &type->instances) : -ENOMEM;
}

int vprep_mdev_types_read(const struct vprep_io *io, struct vprep_pool *pool,
			  const char *device, bool instances,
			  struct vprep_mdev_type_facts **ret, size_t *ret_n)
{
	char *folder = vprep_pool_strf(pool, TYPES, device);
	struct vprep_mdev_type_facts *types = NULL;
	size_t i, n = 0;
	char **ids;
	int r;

	r = folder ? list(io, pool, folder, &ids) : -ENOMEM;
	if (r == 0)
		types = vprep_pool_alloc(pool, vprep_strv_len(ids), sizeof(*types));
	if (r == 0 && !types)
		r = -ENOMEM;
	for (i = 0; r == 0 && ids[i]; i++) {
		const char *path = vprep_pool_strf(pool, "%s/%s", folder, ids[i]);

		types[n] = (struct vprep_mdev_type_facts){ .id = ids[i] };
		r = path ? read_type(io, pool, path, instances, &types[n]) : -ENOMEM;
		n += r == 0;
		if (r > 0)
			r = 0;
	}
	if (r < 0)
		return r;
	*ret = types;
	*ret_n = n;
	return 0;
}

static int read_parent(const struct vprep_io *io, struct vprep_mdev_parents *parents,
		       const char *name)
{
	struct vprep_mdev_parent *parent = &parents->items[parents->n++];
	const char *folder = vprep_pool_strf(&parents->pool, BUS "/%s", name);
	uint64_t vendor;

	if (!folder)
		return -ENOMEM;
	parent->name = name;
	if (vprep_io_read_u64(io, VPREP_SYS, 16, &vendor, "%s/vendor", folder) == 0 &&
	    vendor <= UINT16_MAX)
		parent->vendor = (uint16_t)vendor;
	return vprep_mdev_types_read(io, &parents->pool, folder, true, &parent->types,
				     &parent->n_types);
}

int vprep_mdev_vgpu_type(const struct vprep_io *io, const char *address, unsigned *ret)
{
	uint64_t number;
	int r;

	r = vprep_io_read_u64(io, VPREP_SYS, 10, &number, VGPU "current_vgpu_type",
			      address);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? -ENODEV : r;
	if (number > INT32_MAX)
		return -ERANGE;
	*ret = (unsigned)number;
	return 0;
}

bool vprep_pci_is_vgpu(const struct vprep_io *io, const struct vprep_pci_device *device)
{
	unsigned type;

	return device->vendor == VPREP_VENDOR_NVIDIA &&
	       vprep_mdev_vgpu_type(io, device->text.s, &type) == 0;
}

static int add_vgpu_type(struct vprep_pool *pool, struct vprep_mdev_parent *parent,
			 unsigned number, const char *name, unsigned available)
{
	struct vprep_mdev_type_facts *type = &parent->types[parent->n_types++];

	type->id = vprep_pool_strf(pool, "nvidia-%u", number);
	type->name = vprep_pool_dup(pool, name);
	type->api = vprep_pool_dup(pool, "vfio-pci");
	type->is_counted = true;
	type->available = available;
	type->instances = vprep_pool_alloc(pool, 2, sizeof(*type->instances));
	if (type->instances && available == 0)
		type->instances[0] = vprep_pool_dup(pool, parent->name);
	return pool->failed ? -ENOMEM : 0;
}

/* "558 : NVIDIA L4-2Q"; a line that begins with no number is a title. */
static int add_vgpu_line(struct vprep_pool *pool, struct vprep_mdev_parent *parent,
			 char *line)
{
	char *name = strchr(line, ':');
	uint64_t number;

	line += strspn(line, " \t");
	if (name) {
		*name++ = '\0';
		name += strspn(name, " \t");
	}
	line[strcspn(line, " \t")] = '\0';
	if (vprep_parse_u64(line, 10, INT32_MAX, &number) < 0 || number == 0)
		return 0;
	return add_vgpu_type(pool, parent, (unsigned)number, name, 1);
}

static int by_id(const void *a, const void *b)
{
	const struct vprep_mdev_type_facts *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* The types that a free function can become, or the one that it is. */
static int read_vgpu_types(const struct vprep_io *io, struct vprep_pool *pool,
			   struct vprep_mdev_parent *parent, unsigned current)
{
	_cleanup_free_ char *text = NULL;
	char *line, *rest;
	int r = 0;

	if (current == 0)
		r = vprep_io_read(io, VPREP_SYS, &text, VGPU "creatable_vgpu_types",
				  parent->name);
	if (vprep_error_is_shortage(r))
		return r;
	parent->types = vprep_pool_alloc(pool, text ? count_lines(text) : 1,
					 sizeof(*parent->types));
	if (!parent->types)
		return -ENOMEM;
	if (current > 0)
		return add_vgpu_type(pool, parent, current, NULL, 0);
	for (r = 0, rest = text; r == 0 && (line = strsep(&rest, "\n"));)
		r = add_vgpu_line(pool, parent, line);
	qsort(parent->types, parent->n_types, sizeof(*parent->types), by_id);
	return r;
}

static int read_vgpu(const struct vprep_io *io, struct vprep_mdev_parents *parents,
		     const char *name)
{
	struct vprep_pci_address address;
	struct vprep_mdev_parent *parent;
	unsigned current;
	int r;

	if (vprep_pci_address_parse(name, &address) < 0)
		return 0;
	r = vprep_mdev_vgpu_type(io, name, &current);
	if (r < 0) /* a physical function, or one that answers nonsense */
		return r == -ENOMEM ? r : 0;
	parent = &parents->items[parents->n++];
	parent->name = name;
	parent->vendor = VPREP_VENDOR_NVIDIA;
	parent->is_vgpu = true;
	return read_vgpu_types(io, &parents->pool, parent, current);
}

static int by_name(const void *a, const void *b)
{
	const struct vprep_mdev_parent *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int read_parents(const struct vprep_io *io, struct vprep_mdev_parents *parents)
{
	char **names, **functions;
	size_t i;
	int r;

	r = list(io, &parents->pool, BUS, &names);
	if (r == 0)
		r = list(io, &parents->pool, VGPU_DRIVERS, &functions);
	if (r < 0)
		return r;
	parents->items =
		vprep_pool_alloc(&parents->pool,
				 vprep_strv_len(names) + vprep_strv_len(functions),
				 sizeof(*parents->items));
	if (!parents->items)
		return -ENOMEM;
	for (i = 0; r == 0 && names[i]; i++)
		r = read_parent(io, parents, names[i]);
	for (i = 0; r == 0 && functions[i]; i++)
		r = read_vgpu(io, parents, functions[i]);
	if (r == 0) /* else the last one may have no name */
		qsort(parents->items, parents->n, sizeof(*parents->items), by_name);
	return r;
}

int vprep_mdev_parents_read(const struct vprep_io *io, struct vprep_mdev_parents *ret)
{
	struct vprep_mdev_parents parents = { 0 };
	int r = read_parents(io, &parents);

	if (r < 0)
		vprep_mdev_parents_done(&parents);
	else
		*ret = parents;
	return r;
}

/* The component before the last of "../../../devices/virtual/mtty/mtty/UUID". */
static char *parent_of_path(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return NULL;
	*slash = '\0';
	slash = strrchr(path, '/');
	return strdup(slash ? slash + 1 : path);
}

static int read_group(const struct vprep_io *io, const char *uuid, int *ret)
{
	_cleanup_free_ char *name = NULL;
	uint64_t number;
	int r;

	r = vprep_io_link_name(io, VPREP_SYS, &name, "bus/mdev/devices/%s/iommu_group",
			       uuid);
	if (r == -ENOENT) {
		*ret = -1;
		return 0;
	}
	if (r == 0)
		r = vprep_parse_u64(name, 10, INT32_MAX, &number);
	if (r == 0)
		*ret = (int)number;
	return r;
}

int vprep_mdev_read(const struct vprep_io *io, const char *uuid, struct vprep_mdev *ret)
{
	struct vprep_mdev mdev = { .group = -1 };
	_cleanup_free_ char *path = NULL;
	int r;

	r = vprep_io_readlink(io, VPREP_SYS, &path, "bus/mdev/devices/%s", uuid);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? -ENODEV : r;
	mdev.parent = parent_of_path(path);
	if (!mdev.parent)
		return -ENOMEM;
	r = vprep_io_link_name(io, VPREP_SYS, &mdev.type, "bus/mdev/devices/%s/mdev_type",
			       uuid);
	if (r == 0)
		r = read_group(io, uuid, &mdev.group);
	if (r < 0) {
		vprep_mdev_done(&mdev);
		return r == -ENOENT ? -ENODEV : r;
	}
	*ret = mdev;
	return 0;
}

bool vprep_mdev_is_type(const struct vprep_io *io, const char *parent, const char *id,
			const char *type)
{
	struct vprep_mdev_parents parents = { 0 };
	const struct vprep_mdev_type_facts *facts = NULL;
	const struct vprep_mdev_parent *found;
	bool same;

	if (vprep_str_same(id, type))
		return true;
	if (!parent || vprep_mdev_parents_read(io, &parents) < 0)
		return false;
	found = vprep_mdev_find_parent(&parents, parent);
	if (found)
		facts = vprep_mdev_find_type(found, type);
	same = facts && vprep_str_same(facts->id, id);
	vprep_mdev_parents_done(&parents);
	return same;
}
