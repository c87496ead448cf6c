// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/str.h"

#define SUFFIX ".conf"
#define MASK "/dev/null"

int vprep_config_open(const struct vprep_io *io, const char *path, int flags)
{
	int fd;

	if (io)
		return vprep_io_host_open(io, path, flags);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

char *vprep_config_path(const struct vprep_io *io, const char *path)
{
	return vprep_strf("%s%s", io ? io->prefix : "", path);
}

static int cannot_read(const struct vprep_io *io, const char *what, const char *path,
		       int number, struct vprep_error *err)
{
	return vprep_error_set(err, VPREP_E_USAGE, number, NULL,
			       "cannot read the %s %s%s: %s", what, io ? io->prefix : "",
			       path, strerror(number));
}

static bool is_file_name(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) && streq(name + len - strlen(SUFFIX), SUFFIX);
}

/* Adds the names of the folder's files that no earlier folder has. */
static int list_folder(const struct vprep_io *io, const char *folder, char ***names,
		       struct vprep_error *err)
{
	_cleanup_strv_ char **all = NULL;
	int fd = vprep_config_open(io, folder, O_RDONLY | O_DIRECTORY);
	int r = fd < 0 ? fd : vprep_io_list_fd(fd, &all);
	size_t i;

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return cannot_read(io, "folder", folder, -r, err);
	for (i = 0; all && all[i]; i++)
		if (is_file_name(all[i]) && !vprep_strv_has(*names, all[i]) &&
		    vprep_strv_add(names, all[i]) < 0)
			return vprep_error_oom(err);
	return 0;
}

/* Looked at as a link, as a captured tree may have no /dev/null. */
static bool is_masked(const struct vprep_io *io, const char *path)
{
	_cleanup_close_ int fd = vprep_config_open(io, path, O_PATH | O_NOFOLLOW);
	char target[sizeof(MASK)] = "";

	return fd >= 0 && readlinkat(fd, "", target, sizeof(target)) > 0 &&
	       memcmp(target, MASK, sizeof(target)) == 0;
}

/* 1; 0: there is no such file. */
static int read_file(const struct vprep_io *io, const char *path,
		     vprep_config_file_fn read, void *data, struct vprep_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (is_masked(io, path))
		return 1;
	fd = vprep_config_open(io, path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fd == -ENOENT ? 0 : cannot_read(io, "file", path, -fd, err);
	r = read(data, fd, path, err);
	return r < 0 ? r : 1;
}

/* The first folder that has the file. */
static int read_first(const struct vprep_io *io, char *const *folders, const char *name,
		      vprep_config_file_fn read, void *data, struct vprep_error *err)
{
	int r = 0;

	for (; r == 0 && *folders; folders++) {
		_cleanup_free_ char *path = vprep_strf("%s/%s", *folders, name);

		if (!path)
			return vprep_error_oom(err);
		r = read_file(io, path, read, data, err);
	}
	return r < 0 ? r : 0;
}

int vprep_config_folders_read(const struct vprep_io *io, char *const *folders,
			      vprep_config_file_fn read, void *data,
			      struct vprep_error *err)
{
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && folders && folders[i]; i++)
		r = list_folder(io, folders[i], &names, err);
	if (names)
		vprep_strv_sort(names);
	for (i = 0; r == 0 && names && names[i]; i++)
		r = read_first(io, folders, names[i], read, data, err);
	return r;
}
