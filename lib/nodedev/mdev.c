// SPDX-License-Identifier: GPL-2.0-or-later
/* Mediated devices, and what their parents offer. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "host/mdev.h"
#include "host/mdevctl.h"
#include "nodedev/kind.h"

/* As VDSM has it: with its lines, such as those of i915. NULL: it is empty. */
static char *clean_lines(char *text)
{
	char *line, *end, last;

	for (line = text; line && *line; line = end + (last != '\0')) {
		end = line + strcspn(line, "\n\t");
		last = *end;
		*end = '\0';
		vprep_str_make_printable(line);
		*end = last;
	}
	return text && *text ? text : NULL;
}

/* A type without its API or its free instances is none to libvirt. */
void vprep_read_types(struct vprep_nodedev_reader *r, bool instances,
		      struct vprep_mdev_type_facts **ret, size_t *ret_n)
{
	struct vprep_mdev_type_facts *types;
	size_t n, i;

	*ret_n = 0;
	if (vprep_mdev_types_read(r->io, r->pool, r->path, instances, &types, &n) < 0)
		return;
	*ret = types;
	for (i = 0; i < n; i++) {
		struct vprep_mdev_type_facts *type = &types[i];

		type->id = vprep_reader_clean(type->id);
		type->name = vprep_reader_clean(type->name);
		type->description = clean_lines(type->description);
		type->api = vprep_reader_clean(type->api);
		if (type->id && type->api && type->is_counted)
			types[(*ret_n)++] = *type;
	}
}

/* No other capability can be asked for. */
uint32_t vprep_read_types_beneath(struct vprep_nodedev_reader *r, uint32_t caps)
{
	struct vprep_mdev_type_facts *types;
	size_t n;

	vprep_read_types(r, false, &types, &n);
	return n > 0 ? caps & VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES) : 0;
}

void vprep_emit_types(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	struct vprep_mdev_type_facts *types;
	size_t n, i;

	vprep_read_types(r, false, &types, &n);
	if (n == 0)
		return;
	vprep_emit_cap(e, "mdev_types");
	for (i = 0; i < n; i++) {
		vprep_emit_open(e, "type");
		e->set(e->to, "id", types[i].id);
		vprep_emit(e, "name", types[i].name);
		vprep_emit(e, "deviceAPI", types[i].api);
		vprep_emit_number(e, "availableInstances", "%u", types[i].available);
		vprep_emit_close(e);
	}
	vprep_emit_close(e);
}

static void tell_parent(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	vprep_page_add(page, "what", "a parent of mediated devices");
	vprep_tell_types(r, page);
}

const struct vprep_nodedev_kind vprep_nodedev_mdev_types = {
	.cap = "mdev_types",
	.emit = vprep_emit_types,
	.tell = tell_parent,
};

const struct vprep_nodedev_kind vprep_nodedev_ap_matrix = {
	.cap = "ap_matrix",
	.name = "ap_matrix",
	.beneath = VPREP_CAP_BIT(VPREP_CAP_MDEV_TYPES),
	.read_beneath = vprep_read_types_beneath,
	.emit = vprep_emit_types,
	.tell = tell_parent,
};

/* The part of the path before the last one, below which the device lies. */
static const char *parent_name(struct vprep_nodedev_reader *r)
{
	const char *end = strrchr(r->path, '/'), *start = end;

	if (!end)
		return NULL;
	while (start > r->path && start[-1] != '/')
		start--;
	return vprep_pool_strf(r->pool, "%.*s", (int)(end - start), start);
}

static bool is_listed(struct vprep_nodedev_reader *r)
{
	struct vprep_mdev mdev = { .group = -1 };
	bool has_group =
		vprep_mdev_read(r->io, r->sysname, &mdev) == 0 && mdev.group >= 0;

	vprep_mdev_done(&mdev);
	return has_group;
}

/* The part of an active one that only the kernel knows is 0, as libvirt has it. */
static void emit_facts(struct vprep_nodedev_reader *r,
		       const struct vprep_nodedev_emitter *e, const char *type,
		       const char *uuid, const char *parent, int group)
{
	vprep_emit_open(e, "type");
	e->set(e->to, "id", type ? type : "");
	vprep_emit_close(e);
	vprep_emit(e, "uuid", vprep_reader_text(r, uuid));
	vprep_emit(e, "parent_addr", vprep_reader_text(r, parent));
	vprep_emit_with(e, "iommuGroup", "number", "%u", (unsigned)group);
}

/* "NAME=VALUE" lines. */
static void emit_settings(struct vprep_nodedev_reader *r,
			  const struct vprep_nodedev_emitter *e, const char *lines)
{
	char *rest = vprep_pool_dup(r->pool, lines), *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		vprep_emit_open(e, "attr");
		e->set(e->to, "name", vprep_reader_text(r, line));
		e->set(e->to, "value", vprep_reader_text(r, value));
		vprep_emit_close(e);
	}
}

static void emit_mdev(struct vprep_nodedev_reader *r,
		      const struct vprep_nodedev_emitter *e)
{
	const struct vprep_nodedev_defined *defined = r->entry->definition;
	struct vprep_mdev mdev = { .group = -1 };
	int found;

	if (defined) {
		emit_facts(r, e, vprep_reader_text(r, defined->type), defined->sysname,
			   defined->parent, 0);
		if (defined->settings)
			emit_settings(r, e, defined->settings);
		return;
	}
	found = vprep_mdev_read(r->io, r->sysname, &mdev);
	emit_facts(r, e, vprep_reader_text(r, found == 0 ? mdev.type : ""), r->sysname,
		   parent_name(r), mdev.group);
	vprep_mdev_done(&mdev);
}

static const char *brief(struct vprep_nodedev_reader *r)
{
	const char *parent = parent_name(r), *text = NULL;
	struct vprep_mdev mdev = { .group = -1 };

	if (vprep_mdev_read(r->io, r->sysname, &mdev) == 0 && mdev.type)
		text = vprep_pool_strf(r->pool, "%s%s%s", vprep_reader_text(r, mdev.type),
				       parent ? " on " : "",
				       parent ? vprep_reader_text(r, parent) : "");
	vprep_mdev_done(&mdev);
	return text;
}

static void tell_mdev(struct vprep_nodedev_reader *r, struct vprep_nodedev_page *page)
{
	const struct vprep_nodedev_defined *defined = r->entry->definition;
	char *rest = vprep_pool_dup(r->pool, defined ? defined->settings : NULL), *line;

	vprep_page_add(page, "what", "mediated device");
	vprep_page_add(page, "model",
		       defined ? vprep_reader_text(r, defined->type) : brief(r));
	vprep_page_add(page, "UUID", vprep_reader_text(r, r->sysname));
	while (rest && (line = strsep(&rest, "\n")))
		vprep_page_add(page, "setting", line);
}

static int add_definition(struct vprep_nodedev_index *index,
			  const struct vprep_nodedev_defined *definition)
{
	struct vprep_pool *pool = &index->pool;
	struct vprep_nodedev_defined *d = vprep_pool_alloc(pool, 1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	*d = (struct vprep_nodedev_defined){
		.sysname = vprep_pool_dup(pool, definition->sysname),
		.parent = vprep_pool_dup(pool, definition->parent),
		.type = vprep_pool_dup(pool, definition->type),
		.settings = vprep_pool_dup(pool, definition->settings),
		.by = definition->by,
		.file = vprep_pool_dup(pool, definition->file),
		.line = definition->line,
		.by_hand = definition->by_hand,
	};
	return vprep_nodedev_add(
		index, &(struct vprep_nodedev_entry){
			       .cap = VPREP_CAP_MDEV,
			       .bus = "mdev",
			       .name = vprep_nodedev_make_name(pool, "mdev", d->sysname,
							       d->parent),
			       .definition = d,
		       });
}

static int add_mdevctls(const struct vprep_io *io, const struct vprep_mdevctl_item *item,
			struct vprep_nodedev_index *index)
{
	const struct vprep_nodedev_defined definition = {
		.sysname = item->uuid,
		.parent = item->definition.parent,
		.type = item->definition.type,
		.settings = item->definition.settings,
		.by = "mdevctl",
	};

	if (vprep_io_exists(io, VPREP_SYS, "class/mdev_bus/%s/%s", definition.parent,
			    item->uuid) == 1)
		return 0;
	return add_definition(index, &definition);
}

/* What mdevctl has defined, too, is left to it. */
static bool is_mdevctls(const struct vprep_mdevctl_item *items, size_t n,
			const struct vprep_uuid *uuid)
{
	struct vprep_uuid other;
	size_t i;

	for (i = 0; i < n; i++)
		if (vprep_uuid_parse(items[i].uuid, &other) == 0 &&
		    vprep_uuid_same(&other, uuid))
			return true;
	return false;
}

static int add_declared(const struct vprep_io *io,
			const struct vprep_declared_mdev *declared,
			struct vprep_nodedev_index *index)
{
	const struct vprep_config_mdev *mdev = &declared->mdev;
	const struct vprep_uuid_text uuid = vprep_uuid_text(&mdev->uuid);
	_cleanup_free_ char *settings = NULL;
	struct vprep_nodedev_defined definition = {
		.sysname = uuid.s,
		.parent = mdev->definition.parent,
		.type = mdev->definition.type,
		.by = "vfio-prep",
		.file = mdev->file,
		.line = declared->line,
		.by_hand = !declared->boot,
	};

	if (vprep_io_exists(io, VPREP_SYS, "bus/mdev/devices/%s", uuid.s) == 1)
		return 0;
	if (mdev->params) {
		settings = vprep_strf(VPREP_MDEV_PARAMS_SETTING, mdev->params);
		if (!settings)
			return -ENOMEM;
		definition.settings = settings;
	}
	return add_definition(index, &definition);
}

static int add_defined(const struct vprep_io *io, const struct vprep_declared *declared,
		       struct vprep_nodedev_index *index)
{
	struct vprep_mdevctl_item *items;
	size_t n, i;
	int r = vprep_mdevctl_list(io, &items, &n);

	if (r < 0)
		return r;
	for (i = 0; r == 0 && i < n; i++)
		r = add_mdevctls(io, &items[i], index);
	for (i = 0; r == 0 && declared && i < declared->n_mdevs; i++)
		if (!is_mdevctls(items, n, &declared->mdevs[i].mdev.uuid))
			r = add_declared(io, &declared->mdevs[i], index);
	vprep_mdevctl_list_free(items, n);
	return r;
}

const struct vprep_nodedev_kind vprep_nodedev_mdev = {
	.cap = "mdev",
	.is_listed = is_listed,
	.name_extra = parent_name,
	.emit = emit_mdev,
	.brief = brief,
	.tell = tell_mdev,
	.add_defined = add_defined,
};
