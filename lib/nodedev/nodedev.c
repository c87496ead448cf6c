// SPDX-License-Identifier: GPL-2.0-or-later
/* Node devices among each other, and describing one of them. */
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
find_by_path(const struct vprep_nodedev_index *index, const char *path, size_t len)
{
	size_t i = find_place(index, path, len);
	const struct vprep_nodedev_entry *e =
		i < index->n_by_path ? index->by_path[i] : NULL;

	return e && strncmp(e->path, path, len) == 0 && e->path[len] == '\0' ? e : NULL;
}

const struct vprep_nodedev_entry *
vprep_nodedev_by_path(const struct vprep_nodedev_index *index, const char *path)
{
	return find_by_path(index, path, strlen(path));
}

/* By the kernel's name, which is all that is known of it. */
static const char *defined_parent(const struct vprep_nodedev_index *index,
				  const char *sysname)
{
	size_t i;

	for (i = 0; sysname && i < index->n; i++)
		if (!index->items[i].definition &&
		    streq(vprep_nodedev_sysname(&index->items[i]), sysname))
			return index->items[i].name;
	return vprep_nodedev_kinds[VPREP_CAP_SYSTEM]->name;
}

const char *vprep_nodedev_parent(const struct vprep_nodedev_index *index,
				 const struct vprep_nodedev_entry *entry)
{
	const struct vprep_nodedev_entry *found = NULL;
	size_t len = entry->path ? strlen(entry->path) : 0;

	if (entry->definition)
		return defined_parent(index, entry->definition->parent);
	if (!entry->path)
		return NULL;
	while (!found && len > 0) {
		while (len > 0 && entry->path[len - 1] != '/')
			len--;
		if (len > 0)
			found = find_by_path(index, entry->path, --len);
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

int vprep_reader_open(struct vprep_nodedev_reader *r, const struct vprep_io *io,
		      const struct vprep_nodedev_index *index,
		      const struct vprep_nodedev_entry *entry, struct vprep_pool *pool)
{
	if (entry->path && vprep_io_exists(io, VPREP_SYS, "%s", entry->path) != 1)
		return -ENODEV;
	vprep_reader_init(r, io, pool, entry->bus, entry->path ? entry->path : "");
	r->index = index;
	r->entry = entry;
	return 0;
}

static void emit_node(const struct vprep_nodedev_emitter *e, const char *type,
		      const char *node)
{
	vprep_emit_open(e, "devnode");
	vprep_emit_set(e, "type", "%s", type);
	e->text(e->to, node);
	vprep_emit_close(e);
}

/* What every device has, but for the computer itself. */
static void emit_head(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	const char *node = vprep_reader_node(r);
	const char **links = NULL, *driver;
	size_t i, n = 0;

	vprep_emit(e, "path", vprep_pool_strf(r->pool, VPREP_IO_SYSFS "%s", r->path));
	if (node) {
		emit_node(e, "dev", node);
		links = vprep_udev_links(&r->udev, r->pool, &n);
	}
	for (i = 0; i < n; i++)
		emit_node(e, "link", links[i]);
	vprep_emit(e, "parent", vprep_nodedev_parent(r->index, r->entry));
	driver = vprep_reader_text(r, vprep_udev_kernel(&r->udev, "DRIVER"));
	if (driver) {
		vprep_emit_open(e, "driver");
		vprep_emit(e, "name", driver);
		vprep_emit_close(e);
	}
}

void vprep_nodedev_emit(struct vprep_nodedev_reader *r,
			const struct vprep_nodedev_emitter *e)
{
	const struct vprep_nodedev_kind *kind = vprep_nodedev_kinds[r->entry->cap];

	vprep_emit_open(e, "device");
	vprep_emit(e, "name", r->entry->name);
	if (r->entry->path)
		emit_head(r, e);
	else if (r->entry->definition)
		vprep_emit(e, "parent", vprep_nodedev_parent(r->index, r->entry));
	vprep_emit_cap(e, kind->cap);
	kind->emit(r, e);
	vprep_emit_close(e);
	vprep_emit_close(e);
}

/* VDSM's shape (lib/vdsm/common/hostdev.py), key for key and type for type: numbers are
 * strings but for totalvfs, truth is a string, and what is absent has no key. Who has
 * defined one that is not there is our own. */
void vprep_nodedev_json(struct vprep_nodedev_reader *r, struct vprep_json to)
{
	const struct vprep_nodedev_kind *kind = vprep_nodedev_kinds[r->entry->cap];
	bool assignable = !kind->is_assignable || kind->is_assignable(r);
	const char *driver = NULL;

	if (r->entry->path)
		driver = vprep_reader_text(r, vprep_udev_kernel(&r->udev, "DRIVER"));
	to = vprep_json_add_object(to, r->entry->name);
	to = vprep_json_add_object(to, "params");
	vprep_json_add_string(to, "capability", kind->cap);
	vprep_json_add_string(to, "is_assignable", assignable ? "true" : "false");
	vprep_json_add_string(to, "driver", driver);
	vprep_json_add_string(to, "parent", vprep_nodedev_parent(r->index, r->entry));
	if (r->entry->definition)
		vprep_json_add_string(to, "defined_by", r->entry->definition->by);
	if (kind->add_json)
		kind->add_json(r, to);
}
