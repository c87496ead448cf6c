// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/mdevctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/json.h"
#include "common/str.h"
#include "model/uuid.h"

#define FOLDER VPREP_MDEVCTL_FOLDER
#define DEFINITION_MAX (64u * 1024)

struct reading {
	const char *uuid;
	const char *parent;
	const char *file;
	struct vprep_error *err;
};

void vprep_mdevctl_done(struct vprep_mdevctl *d)
{
	free(d->parent);
	free(d->type);
	free(d->settings);
	*d = (struct vprep_mdevctl){ 0 };
}

static int unusable(const struct reading *r, int number, const char *why)
{
	return vprep_error_set(r->err, VPREP_E_REFUSED, number, r->uuid,
			       "mdevctl's definition %s/%s/%s cannot be used: %s", FOLDER,
			       r->parent, r->file, why);
}

/* One line, as the string is written; NULL for anything else. */
static const char *line_of(struct json_object *value)
{
	const char *text = vprep_json_string(value);

	return text && !strchr(text, '\n') ? text : NULL;
}

/* Of one folder in sysfs, as a word of a line. */
static bool is_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '=' || name[i] == '/')
			return false;
	return len > 0 && len <= NAME_MAX && *name != '.';
}

/* Below the device's folder: "nvidia/vgpu_params". */
static bool is_attribute(const char *name)
{
	size_t len = strcspn(name, "/");

	while (is_name(name, len) && name[len]) {
		name += len + 1;
		len = strcspn(name, "/");
	}
	return is_name(name, len);
}

static int add_attribute(const struct reading *r, struct json_object *pair,
			 struct vprep_buf *settings)
{
	if (!json_object_is_type(pair, json_type_object))
		return unusable(r, EBADMSG, "an entry of \"attrs\" is no object");
	json_object_object_foreach (pair, name, object) {
		const char *value = line_of(object);

		if (!is_attribute(name) || !value)
			return unusable(r, EBADMSG,
					"an attribute's name or value is odd");
		vprep_buf_addf(settings, "%s=%s\n", name, value);
	}
	return 0;
}

static int read_attributes(const struct reading *r, struct json_object *definition,
			   char **ret)
{
	_cleanup_buf_ struct vprep_buf settings = { 0 };
	struct json_object *list;
	size_t i;
	int n = 0;

	if (!json_object_object_get_ex(definition, "attrs", &list) || !list)
		return 0;
	if (!json_object_is_type(list, json_type_array))
		return unusable(r, EBADMSG, "\"attrs\" is no list");
	for (i = 0; n == 0 && i < json_object_array_length(list); i++)
		n = add_attribute(r, json_object_array_get_idx(list, i), &settings);
	if (n < 0 || settings.len == 0)
		return n;
	return vprep_buf_take(&settings, ret) < 0 ? vprep_error_oom(r->err) : 0;
}

static int parse(const struct reading *r, const char *text, struct vprep_mdevctl *ret)
{
	_cleanup_(vprep_json_putp) struct json_object *definition =
		json_tokener_parse(text);
	struct json_object *value;
	const char *type = NULL;
	int n;

	if (!json_object_is_type(definition, json_type_object))
		return unusable(r, EBADMSG, "it is not a JSON object");
	if (json_object_object_get_ex(definition, "mdev_type", &value))
		type = line_of(value);
	if (!type || !is_name(type, strlen(type)))
		return unusable(r, EBADMSG, "it has no \"mdev_type\"");
	if (json_object_object_get_ex(definition, "start", &value))
		ret->starts = vprep_str_same(line_of(value), "auto");
	n = read_attributes(r, definition, &ret->settings);
	if (n == 0 && (vprep_str_replace(&ret->type, type) < 0 ||
		       vprep_str_replace(&ret->parent, r->parent) < 0))
		n = vprep_error_oom(r->err);
	return n;
}

/* 0 also when there is no such file. */
static int read_definition(const struct reading *r, const struct vprep_io *io,
			   struct vprep_mdevctl *ret)
{
	_cleanup_free_ char *path = vprep_strf(FOLDER "/%s/%s", r->parent, r->file);
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;
	int n;

	if (!path)
		return vprep_error_oom(r->err);
	fd = vprep_io_host_open(io, path, O_RDONLY);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	n = fd < 0 ? fd : vprep_file_read(fd, DEFINITION_MAX, &text, &len);
	if (n < 0)
		return unusable(r, -n, strerror(-n));
	if (ret->type)
		return unusable(r, EBADMSG, "another parent has that UUID, too");
	return parse(r, text, ret);
}

static int list_files(const struct vprep_io *io, const char *parent, char ***ret)
{
	_cleanup_free_ char *folder = vprep_strf(FOLDER "/%s", parent);

	return folder ? vprep_io_host_list(io, folder, ret) : -ENOMEM;
}

/* mdevctl goes by the UUID that a file's name stands for, in capitals as well. */
static int find_below(struct reading *r, const struct vprep_io *io, const char *parent,
		      const struct vprep_uuid *uuid, struct vprep_mdevctl *ret)
{
	_cleanup_strv_ char **files = NULL;
	struct vprep_uuid other;
	size_t i;
	int n = list_files(io, parent, &files);

	r->parent = parent;
	r->file = r->uuid;
	if (n < 0)
		return n == -ENOENT || n == -ENOTDIR ? 0 : unusable(r, -n, strerror(-n));
	for (i = 0; n == 0 && files[i]; i++) {
		if (vprep_uuid_parse(files[i], &other) < 0 ||
		    !vprep_uuid_same(&other, uuid))
			continue;
		r->file = files[i];
		n = read_definition(r, io, ret);
	}
	return n;
}

int vprep_mdevctl_find(const struct vprep_io *io, const char *uuid,
		       struct vprep_mdevctl *ret, struct vprep_error *err)
{
	_cleanup_strv_ char **parents = NULL;
	struct vprep_mdevctl found = { 0 };
	struct reading r = { uuid, "", uuid, err };
	struct vprep_uuid wanted;
	size_t i;
	int n;

	if (vprep_uuid_parse(uuid, &wanted) < 0)
		return -ENOENT;
	n = vprep_io_host_list(io, FOLDER, &parents);
	if (n < 0)
		return n == -ENOENT || n == -ENOTDIR ? -ENOENT
						     : unusable(&r, -n, strerror(-n));
	for (i = 0; n == 0 && parents[i]; i++)
		n = find_below(&r, io, parents[i], &wanted, &found);
	if (n == 0 && !found.type)
		return -ENOENT;
	if (n < 0) {
		vprep_mdevctl_done(&found);
		return n;
	}
	*ret = found;
	return 0;
}

/* 0 also for a file that is no definition. */
static int add_item(const struct vprep_io *io, const char *parent, const char *name,
		    struct vprep_mdevctl_item **items, size_t *n)
{
	struct vprep_mdevctl_item item = { 0 }, *added;
	struct reading r = { name, parent, name, NULL };
	struct vprep_uuid uuid;
	int e;

	if (vprep_uuid_parse(name, &uuid) < 0)
		return 0;
	e = read_definition(&r, io, &item.definition);
	if (e < 0 || !item.definition.type)
		return e == -ENOMEM ? e : 0;
	item.uuid = strdup(vprep_uuid_text(&uuid).s);
	added = item.uuid ? vprep_array_add(*items, *n) : NULL;
	if (added) {
		*added = item;
		return 0;
	}
	free(item.uuid);
	vprep_mdevctl_done(&item.definition);
	return -ENOMEM;
}

static int add_parent(const struct vprep_io *io, const char *parent,
		      struct vprep_mdevctl_item **items, size_t *n)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = list_files(io, parent, &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (i = 0; r == 0 && names[i]; i++)
		r = add_item(io, parent, names[i], items, n);
	return r;
}

int vprep_mdevctl_list(const struct vprep_io *io, struct vprep_mdevctl_item **ret,
		       size_t *ret_n)
{
	struct vprep_mdevctl_item *items = NULL;
	_cleanup_strv_ char **parents = NULL;
	size_t n = 0, i;
	int r = vprep_io_host_list(io, FOLDER, &parents);

	if (r < 0 && r != -ENOMEM)
		r = 0;
	for (i = 0; r == 0 && parents && parents[i]; i++)
		r = add_parent(io, parents[i], &items, &n);
	if (r < 0) {
		vprep_mdevctl_list_free(items, n);
		return r;
	}
	*ret = items;
	*ret_n = n;
	return 0;
}

void vprep_mdevctl_list_free(struct vprep_mdevctl_item *items, size_t n)
{
	while (n > 0) {
		free(items[--n].uuid);
		vprep_mdevctl_done(&items[n].definition);
	}
	free(items);
}
