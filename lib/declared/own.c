// SPDX-License-Identifier: GPL-2.0-or-later
#include "declared/own.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"

#define FILE_NAME "mdev-%s.conf"
#define MODE 0644
#define OWN_MAX (64u * 1024)
#define VALUE_MAX 150 /* that a line can hold, see ini.c */

static char *name_of(const struct vprep_uuid *uuid)
{
	return vprep_strf(FILE_NAME, vprep_uuid_text(uuid).s);
}

char *vprep_declared_own_path(const char *folder, const struct vprep_uuid *uuid)
{
	return vprep_strf("%s/" FILE_NAME, folder, vprep_uuid_text(uuid).s);
}

static char *text_of(const struct vprep_config_mdev *mdev)
{
	const struct vprep_uuid_text uuid = vprep_uuid_text(&mdev->uuid);

	return vprep_strf("# Written by 'vfio-prep create --boot'; 'vfio-prep destroy "
			  "--boot mdev_%s' removes it.\n"
			  "[mdev %s]\ntype = %s\nparent = %s\n",
			  uuid.s, uuid.s, mdev->definition.type, mdev->definition.parent);
}

/* What a line can say, and is read back as it is. */
static bool is_value(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '\x7f' || *p == '/')
			return false;
	return *text && strlen(text) <= VALUE_MAX;
}

static int failed(const char *folder, const struct vprep_uuid *uuid, int number,
		  struct vprep_error *err)
{
	_cleanup_free_ char *path = vprep_declared_own_path(folder, uuid);

	if (!path)
		return vprep_error_oom(err);
	if (number == EEXIST)
		return vprep_error_set(err, VPREP_E_REFUSED, EEXIST, NULL,
				       "there is a file %s already, which declares no "
				       "such device; remove it, or choose another UUID",
				       path);
	return vprep_error_set(err, VPREP_E_REFUSED, number, NULL,
			       "cannot write %s: %s; nothing was changed", path,
			       strerror(number));
}

int vprep_declared_own_write(const struct vprep_io *io, const char *folder,
			     const struct vprep_config_mdev *mdev, char **ret_made,
			     struct vprep_error *err)
{
	const struct vprep_mdev_definition *d = &mdev->definition;
	_cleanup_free_ char *made = NULL, *name = name_of(&mdev->uuid), *text = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	if (!is_value(d->type) || !is_value(d->parent))
		return vprep_error_set(err, VPREP_E_REFUSED, EINVAL, NULL,
				       "the type '%.60s' of the parent '%.60s' has a "
				       "name that cannot be declared",
				       d->type, d->parent);
	text = text_of(mdev);
	if (!text || !name || vprep_io_host_dir_missing(io, folder, &made) == -ENOMEM)
		return vprep_error_oom(err);
	r = vprep_io_host_dir(io, folder, true, &dir);
	if (r == 0)
		r = vprep_file_create(dir, name, text, MODE);
	if (r < 0 && made)
		vprep_io_host_dir_remove(io, folder, made);
	if (r < 0)
		return failed(folder, &mdev->uuid, -r, err);
	*ret_made = TAKE_PTR(made);
	return 0;
}

bool vprep_declared_is_own(const struct vprep_io *io, const char *folder,
			   const struct vprep_declared_mdev *declared)
{
	_cleanup_free_ char *path = vprep_declared_own_path(folder, &declared->mdev.uuid);
	_cleanup_free_ char *text = NULL, *written = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;

	if (!path || !streq(path, declared->mdev.file) ||
	    !declared->mdev.definition.parent)
		return false;
	fd = vprep_io_host_open(io, path, O_RDONLY | O_NOFOLLOW);
	written = text_of(&declared->mdev);
	return fd >= 0 && written && vprep_file_read(fd, OWN_MAX, &text, &len) == 0 &&
	       len == strlen(written) && streq(text, written);
}

int vprep_declared_own_check(const struct vprep_io *io, const char *folder)
{
	_cleanup_close_ int dir = -1;
	int r = vprep_io_host_dir(io, folder, false, &dir);

	if (r == 0 && faccessat(dir, ".", W_OK, AT_EACCESS) < 0)
		r = -errno;
	return r;
}

int vprep_declared_own_remove(const struct vprep_io *io, const char *folder,
			      const struct vprep_uuid *uuid)
{
	_cleanup_free_ char *name = name_of(uuid);
	_cleanup_close_ int dir = -1;
	int r = name ? vprep_io_host_dir(io, folder, false, &dir) : -ENOMEM;

	if (r < 0)
		return r;
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fsync(dir); /* what is not synced comes back with a crash, and destroy takes it */
	return 0;
}
