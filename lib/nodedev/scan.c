// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding node devices: the links in the folders of buses and classes, as libvirt's
 * enumeration by udev would list them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"
#include "nodedev/kind.h"

bool vprep_nodedev_is_bus(const char *bus)
{
	const struct vprep_nodedev_bus *b;

	for (b = vprep_nodedev_buses; b->name; b++)
		if (streq(b->name, bus))
			return true;
	return false;
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char *vprep_nodedev_make_name(struct vprep_pool *pool, const char *bus,
			      const char *sysname, const char *extra)
{
	char *name = vprep_pool_strf(pool, "%s_%s%s%s", bus, sysname, extra ? "_" : "",
				     extra ? extra : "");
	char *p;

	for (p = name; p && *p; p++)
		if (!is_plain(*p))
			*p = '_';
	return name;
}

/* What a device on that bus is; VPREP_CAPS: nothing that is listed. */
static enum vprep_cap classify(const struct vprep_nodedev_bus *bus,
			       struct vprep_nodedev_reader *r)
{
	const char *devtype =
		bus->uniform ? NULL : vprep_udev_kernel(&r->udev, "DEVTYPE");
	int i;

	if (!devtype)
		return bus->cap;
	for (i = 0; i < VPREP_CAPS; i++)
		if ((bus->caps & VPREP_CAP_BIT(i)) && vprep_nodedev_kinds[i]->devtype &&
		    streq(vprep_nodedev_kinds[i]->devtype, devtype))
			return (enum vprep_cap)i;
	return VPREP_CAPS;
}

struct scan {
	const struct vprep_io *io;
	const struct vprep_declared *declared;
	struct vprep_nodedev_index *index;
	uint32_t caps;
};

/* The link's target below sysfs; NULL when it is not a device. */
static const char *device_path(struct scan *s, const struct vprep_nodedev_bus *bus,
			       const char *sysname)
{
	char *target = NULL, *p;

	if (vprep_io_readlink(s->io, VPREP_SYS, &target, "%s/%s", bus->folder, sysname) <
		    0 ||
	    !vprep_pool_take(&s->index->pool, target))
		return NULL;
	for (p = target; strncmp(p, "../", 3) == 0; p += 3)
		;
	return strncmp(p, "devices/", 8) == 0 ? p : NULL;
}

int vprep_nodedev_add(struct vprep_nodedev_index *index,
		      const struct vprep_nodedev_entry *entry)
{
	index->items = vprep_pool_grow(&index->pool, index->items, index->n,
				       sizeof(*index->items));
	if (index->pool.failed)
		return -ENOMEM;
	index->items[index->n++] = *entry;
	return 0;
}

/* What a device of that capability can have, beneath it too. */
static uint32_t caps_of(enum vprep_cap cap)
{
	return VPREP_CAP_BIT(cap) | vprep_nodedev_kinds[cap]->beneath;
}

static bool can_have(const struct vprep_nodedev_bus *bus, uint32_t caps)
{
	int i;

	for (i = 0; i < VPREP_CAPS; i++)
		if (bus->caps & VPREP_CAP_BIT(i) && caps_of((enum vprep_cap)i) & caps)
			return true;
	return false;
}

static int scan_device(struct scan *s, const struct vprep_nodedev_bus *bus,
		       const char *sysname)
{
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader r = { 0 };
	_cleanup_pool_ struct vprep_pool pool = { 0 };
	const char *path = device_path(s, bus, sysname), *name = NULL, *extra = NULL;
	const struct vprep_nodedev_kind *kind;
	enum vprep_cap cap;

	if (!path)
		return 0;
	vprep_reader_init(&r, s->io, &pool, bus->name, path);
	cap = classify(bus, &r);
	if (cap == VPREP_CAPS || !(caps_of(cap) & s->caps))
		return 0;
	kind = vprep_nodedev_kinds[cap];
	if (kind->is_listed && !kind->is_listed(&r))
		return pool.failed ? -ENOMEM : 0;
	if (kind->name_extra)
		extra = kind->name_extra(&r);
	if (pool.failed)
		return -ENOMEM;
	name = kind->name ? kind->name
			  : vprep_nodedev_make_name(&s->index->pool, bus->name, sysname,
						    extra);
	return vprep_nodedev_add(
		s->index,
		&(struct vprep_nodedev_entry){
			.cap = cap, .bus = bus->name, .name = name, .path = path });
}

static int scan_bus(struct scan *s, const struct vprep_nodedev_bus *bus)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(s->io, VPREP_SYS, &names, "%s", bus->folder);
	if (r < 0)
		return vprep_error_is_shortage(r) ? r : 0; /* there is no such bus */
	for (i = 0; r == 0 && names[i]; i++)
		r = scan_device(s, bus, names[i]);
	return r;
}

/* As strcasecmp() in the C locale. */
static int compare_names(const char *a, const char *b)
{
	size_t i;

	for (i = 0; a[i] && b[i]; i++) {
		int x = a[i] >= 'A' && a[i] <= 'Z' ? a[i] - 'A' + 'a' : a[i];
		int y = b[i] >= 'A' && b[i] <= 'Z' ? b[i] - 'A' + 'a' : b[i];

		if (x != y)
			return x - y;
	}
	return a[i] || b[i] ? a[i] - b[i] : strcmp(a, b);
}

static int compare_entries(const void *a, const void *b)
{
	const struct vprep_nodedev_entry *x = a, *y = b;
	int r = compare_names(x->name, y->name);

	return r ? r : strcmp(x->path ? x->path : "", y->path ? y->path : "");
}

static int compare_paths(const void *a, const void *b)
{
	const struct vprep_nodedev_entry *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

/* Of devices that the rule names alike, libvirt has the last one it comes to. */
static void drop_duplicates(struct vprep_nodedev_index *index)
{
	size_t i, n = 0;

	for (i = 0; i < index->n; i++) {
		if (n > 0 && streq(index->items[n - 1].name, index->items[i].name))
			n--;
		index->items[n++] = index->items[i];
	}
	index->n = n;
}

static int sort(struct vprep_nodedev_index *index)
{
	size_t i;

	if (index->n > 1)
		qsort(index->items, index->n, sizeof(*index->items), compare_entries);
	drop_duplicates(index);
	index->by_path =
		vprep_pool_alloc(&index->pool, index->n, sizeof(*index->by_path));
	if (index->pool.failed)
		return -ENOMEM;
	for (i = 0; i < index->n; i++)
		if (index->items[i].path)
			index->by_path[index->n_by_path++] = &index->items[i];
	if (index->n_by_path > 1)
		qsort(index->by_path, index->n_by_path, sizeof(*index->by_path),
		      compare_paths);
	return 0;
}

static int scan_there(struct scan *s, const char *bus)
{
	const struct vprep_nodedev_entry computer = {
		.cap = VPREP_CAP_SYSTEM,
		.name = vprep_nodedev_kinds[VPREP_CAP_SYSTEM]->name,
	};
	const struct vprep_nodedev_bus *b;
	int r = 0;

	if (!bus && (s->caps & VPREP_CAP_BIT(VPREP_CAP_SYSTEM)))
		r = vprep_nodedev_add(s->index, &computer);
	for (b = vprep_nodedev_buses; r == 0 && b->name; b++)
		if (can_have(b, s->caps) && (!bus || streq(bus, b->name)))
			r = scan_bus(s, b);
	return r;
}

/* Whether a device of that capability can be on the bus. */
static bool is_on(enum vprep_cap cap, const char *bus)
{
	const struct vprep_nodedev_bus *b;

	for (b = vprep_nodedev_buses; bus && b->name; b++)
		if (streq(bus, b->name))
			return b->caps & VPREP_CAP_BIT(cap);
	return !bus;
}

static int scan_defined(struct scan *s, const char *bus)
{
	int cap, r = 0;

	for (cap = 0; r == 0 && cap < VPREP_CAPS; cap++)
		if ((s->caps & VPREP_CAP_BIT(cap)) && is_on((enum vprep_cap)cap, bus) &&
		    vprep_nodedev_kinds[cap]->add_defined)
			r = vprep_nodedev_kinds[cap]->add_defined(s->io, s->declared,
								  s->index);
	return r;
}

int vprep_nodedev_scan(const struct vprep_io *io, const struct vprep_declared *declared,
		       uint32_t caps, const char *bus, unsigned states,
		       struct vprep_nodedev_index **ret)
{
	_cleanup_(vprep_nodedev_index_freep) struct vprep_nodedev_index *index =
		calloc(1, sizeof(*index));
	struct scan s = { .io = io, .declared = declared, .index = index, .caps = caps };
	int r = index ? 0 : -ENOMEM;

	if (r == 0 && (states & VPREP_NODEDEV_ACTIVE))
		r = scan_there(&s, bus);
	if (r == 0 && (states & VPREP_NODEDEV_INACTIVE))
		r = scan_defined(&s, bus);
	if (r == 0)
		r = sort(index);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(index);
	return 0;
}

void vprep_nodedev_index_free(struct vprep_nodedev_index *index)
{
	if (!index)
		return;
	vprep_pool_done(&index->pool);
	free(index);
}

static int match_name(const void *key, const void *item)
{
	return compare_names(key, ((const struct vprep_nodedev_entry *)item)->name);
}

const struct vprep_nodedev_entry *
vprep_nodedev_by_name(const struct vprep_nodedev_index *index, const char *name)
{
	return index->n == 0 ? NULL
			     : bsearch(name, index->items, index->n,
				       sizeof(*index->items), match_name);
}
