// SPDX-License-Identifier: GPL-2.0-or-later
#include "declared/declared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/error.h"
#include "common/str.h"
#include "config/folders.h"
#include "config/ini.h"

static const struct vprep_declared_section *const sections[] = {
	&vprep_declared_device_section,
	&vprep_declared_mdev_section,
	&vprep_declared_vfs_section,
	&vprep_declared_vport_section,
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

static int begin_section(void *data, const char *text, const char **ret_why)
{
	const struct vprep_declared_section *section;
	const char *name;

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

int vprep_declared_set_bool(bool *ret, const char *value, const char **ret_expected)
{
	*ret_expected = "yes or no";
	*ret = streq(value, "yes");
	return *ret || streq(value, "no") ? 0 : -EINVAL;
}

/* ---- files ---- */

static int read_file(void *data, int fd, const char *path, struct vprep_error *err)
{
	struct vprep_declared *declared = data;
	const struct vprep_ini_reader reader = { is_section, begin_section, set_key,
						 declared, &declared->line };
	int r;

	declared->file = path;
	r = vprep_ini_read(fd, path, &reader, err);
	declared->file = NULL;
	return r;
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
	_cleanup_close_ int fd = vprep_config_open(NULL, path, O_RDONLY | O_NONBLOCK);
	int r;

	if (!declared)
		return vprep_error_oom(err);
	if (fd == -ENOENT)
		return vprep_error_set(err, VPREP_E_USAGE, ENOENT, NULL,
				       "there is no file %s", path);
	if (fd < 0)
		return vprep_error_set(err, VPREP_E_USAGE, -fd, NULL,
				       "cannot read %s: %s", path, strerror(-fd));
	r = read_file(declared, fd, path, err);
	if (r == 0)
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
	int r;

	if (!declared)
		return vprep_error_oom(err);
	r = vprep_config_folders_read(io, folders, read_file, declared, err);
	if (r == 0)
		r = check(declared, err);
	if (r == 0)
		*ret = TAKE_PTR(declared);
	return r;
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
