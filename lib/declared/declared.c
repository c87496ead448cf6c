// SPDX-License-Identifier: GPL-2.0-or-later
#include "declared/declared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "config/ini.h"

#define SUFFIX ".conf"
#define NOTHING VPREP_IO_NODES "null"

static const struct vprep_declared_section *const sections[] = {
	&vprep_declared_device_section,
	&vprep_declared_mdev_section,
	&vprep_declared_vfs_section,
};

static const struct vprep_declared_section *find_section(const char *text, size_t len,
							 const char **ret_name)
{
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(sections); i++) {
		size_t prefix = strlen(sections[i]->prefix);

		*ret_name = text + prefix;
		if (len > prefix && strncmp(text, sections[i]->prefix, prefix) == 0 &&
		    sections[i]->is_name(*ret_name, len - prefix))
			return sections[i];
	}
	return NULL;
}

static bool is_section(const char *name, size_t len)
{
	const char *rest;

	return find_section(name, len, &rest) != NULL;
}

static int begin_section(void *data, const char *text, unsigned line,
			 const char **ret_why)
{
	const struct vprep_declared_section *section;
	struct vprep_declared *declared = data;
	const char *name;

	declared->line = line;
	section = find_section(text, strlen(text), &name);
	return section->begin(data, name, ret_why);
}

static int set_key(void *data, const char *text, const char *key, const char *value,
		   const char **ret_expected)
{
	const struct vprep_declared_section *section;
	const char *name;

	section = find_section(text, strlen(text), &name);
	return section ? section->set(data, name, key, value, ret_expected) : -ENOKEY;
}

/* ---- files ---- */

static bool is_file_name(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && streq(name + len - strlen(SUFFIX), SUFFIX);
}

/* Adds the names of the folder's files that no earlier folder has. */
static int list_folder(const struct vprep_io *io, const char *folder, char ***names,
		       struct vprep_error *err)
{
	_cleanup_strv_ char **found = NULL;
	size_t i;
	int r = vprep_io_host_list(io, folder, &found);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -r, NULL,
				       "cannot read the folder %s: %s", folder,
				       strerror(-r));
	for (i = 0; r == 0 && found[i]; i++)
		if (is_file_name(found[i]) && !vprep_strv_has(*names, found[i]))
			r = vprep_strv_add(names, found[i]);
	return r < 0 ? vprep_error_oom(err) : 0;
}

static const struct vprep_ini_reader reader = { is_section, begin_section, set_key,
						NULL };

/* 1; 0: there is no such file. @fd as of vprep_ini_read_fd(). */
static int read_file(struct vprep_declared *declared, int fd, const char *path,
		     struct vprep_error *err)
{
	struct vprep_ini_reader into = reader;
	int r;

	into.data = declared;
	declared->file = path;
	r = vprep_ini_read_fd(fd, path, &into, err);
	declared->file = NULL;
	return r;
}

/* A link to it takes the place of a package's file, and declares nothing. */
static bool is_masked(const struct vprep_io *io, const char *path)
{
	_cleanup_free_ char *target = NULL;

	return vprep_io_host_readlink(io, path, &target) == 0 && streq(target, NOTHING);
}

/* The first folder that has the file. */
static int read_first(struct vprep_declared *declared, const struct vprep_io *io,
		      char *const *folders, const char *name, struct vprep_error *err)
{
	int r = 0;

	for (; r == 0 && *folders; folders++) {
		_cleanup_free_ char *path = vprep_strf("%s/%s", *folders, name);
		_cleanup_close_ int fd = -1;

		if (!path)
			return vprep_error_oom(err);
		if (is_masked(io, path))
			return 0;
		fd = vprep_io_host_open(io, path, O_RDONLY);
		r = read_file(declared, fd, path, err);
	}
	return r < 0 ? r : 0;
}

static int check(const struct vprep_declared *declared, struct vprep_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < VPREP_ARRAY_SIZE(sections); i++)
		r = sections[i]->check(declared, err);
	return r;
}

int vprep_declared_read_file(const char *path, struct vprep_declared **ret,
			     struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared =
		calloc(1, sizeof(*declared));
	_cleanup_close_ int fd = -1;
	int r;

	if (!declared)
		return vprep_error_oom(err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	r = read_file(declared, fd < 0 ? -errno : fd, path, err);
	if (r == 0)
		r = vprep_error_set(err, VPREP_E_USAGE, ENOENT, NULL,
				    "there is no file %s", path);
	if (r > 0)
		r = check(declared, err);
	if (r == 0)
		*ret = TAKE_PTR(declared);
	return r;
}

int vprep_declared_read(const struct vprep_io *io, char *const *folders,
			struct vprep_declared **ret, struct vprep_error *err)
{
	_cleanup_(vprep_declared_freep) struct vprep_declared *declared =
		calloc(1, sizeof(*declared));
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = 0;

	if (!declared)
		return vprep_error_oom(err);
	for (i = 0; r == 0 && folders && folders[i]; i++)
		r = list_folder(io, folders[i], &names, err);
	if (names)
		vprep_strv_sort(names);
	for (i = 0; r == 0 && names && names[i]; i++)
		r = read_first(declared, io, folders, names[i], err);
	if (r == 0)
		r = check(declared, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(declared);
	return 0;
}

void vprep_declared_free(struct vprep_declared *declared)
{
	size_t i;

	if (!declared)
		return;
	for (i = 0; i < VPREP_ARRAY_SIZE(sections); i++)
		sections[i]->done(declared);
	free(declared);
}

bool vprep_declared_is_name(const char *name, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t i;

	for (i = 0; i < len; i++)
		if (!name[i] || !strchr(allowed, name[i]))
			return false;
	return len > 0 && len <= VPREP_DECLARED_NAME_MAX && name[0] != '.';
}
