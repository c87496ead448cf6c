// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/mdev.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "model/pci.h"

#define TYPES "class/mdev_bus/%s/mdev_supported_types"
#define TYPE "class/mdev_bus/%s/mdev_supported_types/%s/"
#define VGPU_DRIVER "nvidia"
#define VGPU "bus/pci/devices/%s/nvidia/"

/* It went while we looked, or never had such an attribute. */
static int absent_is_null(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -ENOTDIR ? 0 : r;
}

static int add_parent(struct vprep_mdev_parents *parents, const char *name,
		      struct vprep_mdev_parent **ret)
{
	struct vprep_mdev_parent *items;
	char *copy = strdup(name);

	items = reallocarray(parents->items, parents->n + 1, sizeof(*items));
	if (items)
		parents->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	*ret = &items[parents->n++];
	**ret = (struct vprep_mdev_parent){ .name = copy };
	return 0;
}

/* Moves @type into the parent. */
static int add_type(struct vprep_mdev_parent *parent, struct vprep_mdev_type_facts *type)
{
	struct vprep_mdev_type_facts *types;

	types = reallocarray(parent->types, parent->n_types + 1, sizeof(*types));
	if (!types)
		return -ENOMEM;
	parent->types = types;
	types[parent->n_types++] = *type;
	*type = (struct vprep_mdev_type_facts){ 0 };
	return 0;
}

/* The kernel may take the type away between two reads. 1: it did. */
static int read_type(const struct vprep_io *io, const char *parent,
		     struct vprep_mdev_type_facts *type)
{
	uint64_t available;
	int r;

	r = vprep_io_read_u64(io, VPREP_SYS, 10, &available, TYPE "available_instances",
			      parent, type->id);
	if (r == -ENOENT || r == -ENODEV)
		return 1;
	if (r < 0 && r != -EINVAL && r != -ERANGE)
		return r;
	type->available = r < 0 ? 0 : (unsigned)(available & UINT32_MAX);
	r = absent_is_null(
		vprep_io_read(io, VPREP_SYS, &type->name, TYPE "name", parent, type->id));
	if (r == 0)
		r = absent_is_null(vprep_io_read(io, VPREP_SYS, &type->description,
						 TYPE "description", parent, type->id));
	if (r == 0)
		r = absent_is_null(vprep_io_read(io, VPREP_SYS, &type->api,
						 TYPE "device_api", parent, type->id));
	if (r == 0)
		r = absent_is_null(vprep_io_list(io, VPREP_SYS, &type->instances,
						 TYPE "devices", parent, type->id));
	return r;
}

static int read_types(const struct vprep_io *io, struct vprep_mdev_parent *parent)
{
	_cleanup_strv_ char **ids = NULL;
	size_t i;
	int r;

	r = absent_is_null(vprep_io_list(io, VPREP_SYS, &ids, TYPES, parent->name));
	for (i = 0; r == 0 && ids && ids[i]; i++) {
		struct vprep_mdev_type_facts type = { .id = strdup(ids[i]) };

		r = type.id ? read_type(io, parent->name, &type) : -ENOMEM;
		if (r == 0)
			r = add_type(parent, &type);
		else if (r == 1)
			r = 0;
		vprep_mdev_type_facts_done(&type);
	}
	return r;
}

static int read_parents(const struct vprep_io *io, struct vprep_mdev_parents *parents)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = absent_is_null(vprep_io_list(io, VPREP_SYS, &names, "class/mdev_bus"));
	for (i = 0; r == 0 && names && names[i]; i++) {
		struct vprep_mdev_parent *parent;
		uint64_t vendor;

		r = add_parent(parents, names[i], &parent);
		if (r < 0)
			return r;
		if (vprep_io_read_u64(io, VPREP_SYS, 16, &vendor,
				      "class/mdev_bus/%s/vendor", names[i]) == 0 &&
		    vendor <= UINT16_MAX)
			parent->vendor = (uint16_t)vendor;
		r = read_types(io, parent);
	}
	return r;
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

static int add_vgpu_type(struct vprep_mdev_parent *parent, unsigned number,
			 const char *name, unsigned available)
{
	struct vprep_mdev_type_facts type = {
		.id = vprep_strf("nvidia-%u", number),
		.name = name ? strdup(name) : NULL,
		.api = strdup("vfio-pci"),
		.available = available,
	};
	int r = type.id && type.api && (type.name || !name) ? 0 : -ENOMEM;

	if (r == 0 && available == 0)
		r = vprep_strv_add(&type.instances, parent->name);
	if (r == 0)
		r = add_type(parent, &type);
	vprep_mdev_type_facts_done(&type);
	return r;
}

/* "558 : NVIDIA L4-2Q"; a line that begins with no number is a title. */
static int add_vgpu_line(struct vprep_mdev_parent *parent, char *line)
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
	return add_vgpu_type(parent, (unsigned)number, name, 1);
}

static int by_id(const void *a, const void *b)
{
	const struct vprep_mdev_type_facts *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int read_vgpu(const struct vprep_io *io, const char *address,
		     struct vprep_mdev_parents *parents)
{
	_cleanup_free_ char *types = NULL;
	struct vprep_mdev_parent *parent;
	char *line, *save;
	unsigned current;
	int r;

	r = vprep_mdev_vgpu_type(io, address, &current);
	if (r < 0) /* a physical function, or one that answers nonsense */
		return r == -ENOMEM ? r : 0;
	r = add_parent(parents, address, &parent);
	if (r < 0)
		return r;
	parent->vendor = VPREP_VENDOR_NVIDIA;
	parent->is_vgpu = true;
	if (current > 0)
		return add_vgpu_type(parent, current, NULL, 0);
	r = absent_is_null(vprep_io_read(io, VPREP_SYS, &types,
					 VGPU "creatable_vgpu_types", address));
	if (r < 0 || !types)
		return r;
	for (line = strtok_r(types, "\n", &save); r == 0 && line;
	     line = strtok_r(NULL, "\n", &save))
		r = add_vgpu_line(parent, line);
	if (parent->n_types > 1)
		qsort(parent->types, parent->n_types, sizeof(*parent->types), by_id);
	return r;
}

static int read_vgpus(const struct vprep_io *io, struct vprep_mdev_parents *parents)
{
	_cleanup_strv_ char **names = NULL;
	struct vprep_pci_address address;
	size_t i;
	int r;

	r = absent_is_null(
		vprep_io_list(io, VPREP_SYS, &names, "bus/pci/drivers/" VGPU_DRIVER));
	for (i = 0; r == 0 && names && names[i]; i++)
		if (vprep_pci_address_parse(names[i], &address) == 0)
			r = read_vgpu(io, names[i], parents);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct vprep_mdev_parent *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int vprep_mdev_parents_read(const struct vprep_io *io, struct vprep_mdev_parents *ret)
{
	struct vprep_mdev_parents parents = { 0 };
	int r;

	r = read_parents(io, &parents);
	if (r == 0)
		r = read_vgpus(io, &parents);
	if (r < 0) {
		vprep_mdev_parents_done(&parents);
		return r;
	}
	if (parents.n > 1)
		qsort(parents.items, parents.n, sizeof(*parents.items), by_name);
	*ret = parents;
	return 0;
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

int vprep_mdev_list(const struct vprep_io *io, char ***ret)
{
	char **names = NULL;
	int r = vprep_io_list(io, VPREP_SYS, &names, "bus/mdev/devices");

	if (r == -ENOENT) { /* module mdev is not loaded */
		names = calloc(1, sizeof(*names));
		r = names ? 0 : -ENOMEM;
	}
	if (r == 0)
		*ret = names;
	return r;
}
