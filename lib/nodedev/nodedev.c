// SPDX-License-Identifier: GPL-2.0-or-later
/* Node devices among each other, and reading one of them. */
#include "nodedev/nodedev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "nodedev/kind.h"

/* The first entry whose path is not before the @len bytes at @path. */
static size_t find_place(const struct vprep_nodedev_index *index, const char *path,
			 size_t len)
{
	size_t low = 0, high = index->n_by_path;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = index->by_path[middle]->path;

		if (strncmp(other, path, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct vprep_nodedev_entry *
find_path(const struct vprep_nodedev_index *index, const char *path, size_t len)
{
	size_t i = find_place(index, path, len);
	const struct vprep_nodedev_entry *e =
		i < index->n_by_path ? index->by_path[i] : NULL;

	return e && strncmp(e->path, path, len) == 0 && e->path[len] == '\0' ? e : NULL;
}

const struct vprep_nodedev_entry *
vprep_nodedev_by_path(const struct vprep_nodedev_index *index, const char *path)
{
	return find_path(index, path, strlen(path));
}

const char *vprep_nodedev_parent(const struct vprep_nodedev_index *index,
				 const struct vprep_nodedev_entry *entry)
{
	const struct vprep_nodedev_entry *found = NULL;
	size_t len = entry->path ? strlen(entry->path) : 0;

	if (!entry->path)
		return NULL;
	while (!found && len > 0) {
		while (len > 0 && entry->path[len - 1] != '/')
			len--;
		if (len > 0)
			found = find_path(index, entry->path, --len);
	}
	return found ? found->name : vprep_nodedev_kinds[VPREP_CAP_SYSTEM]->name;
}

const struct vprep_nodedev_entry *
vprep_nodedev_child(const struct vprep_nodedev_index *index,
		    const struct vprep_nodedev_entry *entry, enum vprep_cap cap)
{
	size_t len = entry->path ? strlen(entry->path) : 0, i;

	for (i = find_place(index, entry->path ? entry->path : "", len);
	     len > 0 && i < index->n_by_path; i++) {
		const struct vprep_nodedev_entry *e = index->by_path[i];

		if (strncmp(e->path, entry->path, len) != 0)
			break;
		if (e->path[len] == '/' && e->cap == cap)
			return e;
	}
	return NULL;
}

int vprep_nodedev_has_cap(const struct vprep_io *io,
			  const struct vprep_nodedev_entry *entry, uint32_t caps)
{
	const struct vprep_nodedev_kind *kind = vprep_nodedev_kinds[entry->cap];
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader r = { 0 };
	_cleanup_pool_ struct vprep_pool pool = { 0 };
	bool has = caps & VPREP_CAP_BIT(entry->cap);

	if (has || !(caps & kind->beneath))
		return has;
	vprep_reader_init(&r, io, &pool, entry->bus, entry->path);
	has = kind->read_beneath(&r, caps & kind->beneath) & caps;
	return pool.failed ? -ENOMEM : has;
}

/* What every device has. */
static void read_head(struct vprep_nodedev_reader *r, struct vprep_nodedev *d)
{
	const char *node = vprep_udev_kernel(&r->udev, "DEVNAME");

	d->driver = vprep_reader_text(r, vprep_udev_kernel(&r->udev, "DRIVER"));
	if (!node)
		return;
	node = vprep_reader_text(r, node);
	if (node)
		d->devnode = vprep_pool_strf(r->pool, VPREP_IO_NODES "%s", node);
	d->links = vprep_udev_links(&r->udev, r->pool, &d->n_links);
}

int vprep_nodedev_read(const struct vprep_io *io, const struct vprep_nodedev_index *index,
		       const struct vprep_nodedev_entry *entry,
		       struct vprep_pciids *names, struct vprep_nodedev **ret)
{
	_cleanup_(vprep_reader_done) struct vprep_nodedev_reader r = { 0 };
	_cleanup_(vprep_nodedev_freep) struct vprep_nodedev *d = calloc(1, sizeof(*d));
	const char *parent = vprep_nodedev_parent(index, entry);

	if (!d)
		return -ENOMEM;
	if (entry->path && vprep_io_exists(io, VPREP_SYS, "%s", entry->path) != 1)
		return -ENODEV;
	vprep_reader_init(&r, io, &d->pool, entry->bus, entry->path ? entry->path : "");
	r.names = names;
	d->cap = entry->cap;
	d->name = vprep_pool_dup(&d->pool, entry->name);
	if (entry->path) {
		d->path = vprep_pool_strf(&d->pool, VPREP_IO_SYSFS "%s", entry->path);
		d->parent = vprep_pool_dup(&d->pool, parent);
		read_head(&r, d);
	}
	vprep_nodedev_kinds[entry->cap]->read(&r, d);
	if (d->pool.failed)
		return -ENOMEM;
	*ret = TAKE_PTR(d);
	return 0;
}
