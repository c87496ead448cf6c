// SPDX-License-Identifier: GPL-2.0-or-later
#include "declared/own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/file.h"
#include "common/str.h"

#define HEAD                                                                             \
	"# Written by 'vfio-prep create --boot'; 'vfio-prep destroy --boot %s' removes " \
	"it.\n"
#define MODE 0644
#define OWN_MAX (64u * 1024)
#define VALUE_MAX 150 /* that a line can hold, see ini.c */

/* ---- what such a file says ---- */

/* What a line can say, and is read back as it is. */
static bool is_value(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '\x7f' || *p == '/')
			return false;
	return *text && strlen(text) <= VALUE_MAX;
}

static int finish(struct vprep_declared_own *own)
{
	if (own->name && own->text)
		return 0;
	vprep_declared_own_done(own);
	return -ENOMEM;
}

int vprep_declared_own_mdev(const struct vprep_config_mdev *mdev,
			    struct vprep_declared_own *ret)
{
	const struct vprep_uuid_text uuid = vprep_uuid_text(&mdev->uuid);
	const struct vprep_mdev_definition *d = &mdev->definition;
	_cleanup_free_ char *name = vprep_strf("mdev_%s", uuid.s);

	if (!name)
		return -ENOMEM;
	if (!d->parent || !is_value(d->type) || !is_value(d->parent))
		return -EINVAL;
	ret->name = vprep_strf("mdev-%s.conf", uuid.s);
	ret->text = vprep_strf(HEAD "[mdev %s]\ntype = %s\nparent = %s\n", name, uuid.s,
			       d->type, d->parent);
	return finish(ret);
}

/* A host by its own names is the same one after a boot. */
static char *parent_line(const struct vprep_vport_definition *d)
{
	if (d->parent_wwpn)
		return vprep_strf("parent = %s:%s\n", vprep_wwn_text(d->parent_wwpn).s,
				  vprep_wwn_text(d->parent_wwnn).s);
	if (d->parent_fabric)
		return vprep_strf("fabric = %s\n", vprep_wwn_text(d->parent_fabric).s);
	return d->parent ? vprep_strf("parent = %s\n", d->parent) : strdup("");
}

int vprep_declared_own_vport(const struct vprep_vport_definition *d,
			     struct vprep_declared_own *ret)
{
	const struct vprep_vport_name name = vprep_vport_name(d->wwpn);
	_cleanup_free_ char *parent = parent_line(d);

	if (!parent)
		return -ENOMEM;
	ret->name = vprep_strf("vport-%s.conf", vprep_wwn_text(d->wwpn).s);
	ret->text =
		vprep_strf(HEAD "[vport %s:%s]\n%s", name.s, vprep_wwn_text(d->wwpn).s,
			   vprep_wwn_text(d->wwnn).s, parent);
	return finish(ret);
}

void vprep_declared_own_done(struct vprep_declared_own *own)
{
	free(own->name);
	free(own->text);
	*own = (struct vprep_declared_own){ NULL };
}

/* ---- the file ---- */

char *vprep_declared_own_path(const char *folder, const struct vprep_declared_own *own)
{
	return vprep_strf("%s/%s", folder, own->name);
}

static int failed(const char *folder, const struct vprep_declared_own *own, int number,
		  struct vprep_error *err)
{
	if (number == EEXIST)
		return vprep_error_set(err, VPREP_E_REFUSED, EEXIST, NULL,
				       "there is a file %s/%s already, which declares no "
				       "such device; remove it, or choose another name "
				       "for the device",
				       folder, own->name);
	return vprep_error_set(err, VPREP_E_REFUSED, number, NULL,
			       "cannot write %s/%s: %s; nothing was changed", folder,
			       own->name, strerror(number));
}

int vprep_declared_own_write(const struct vprep_io *io, const char *folder,
			     const struct vprep_declared_own *own, char **ret_made,
			     struct vprep_error *err)
{
	_cleanup_free_ char *made = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	if (vprep_io_host_dir_missing(io, folder, &made) == -ENOMEM)
		return vprep_error_oom(err);
	r = vprep_io_host_dir(io, folder, true, &dir);
	if (r == 0)
		r = vprep_file_create(dir, own->name, own->text, MODE);
	if (r < 0 && made)
		vprep_io_host_dir_remove(io, folder, made);
	if (r < 0)
		return failed(folder, own, -r, err);
	*ret_made = TAKE_PTR(made);
	return 0;
}

bool vprep_declared_is_own(const struct vprep_io *io, const char *folder,
			   const char *file, const struct vprep_declared_own *own)
{
	_cleanup_free_ char *path = vprep_declared_own_path(folder, own), *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t len;

	if (!path || !streq(path, file))
		return false;
	fd = vprep_io_host_open(io, path, O_RDONLY | O_NOFOLLOW);
	return fd >= 0 && vprep_file_read(fd, OWN_MAX, &text, &len) == 0 &&
	       len == strlen(own->text) && streq(text, own->text);
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
			      const struct vprep_declared_own *own)
{
	_cleanup_close_ int dir = -1;
	int r = vprep_io_host_dir(io, folder, false, &dir);

	if (r < 0)
		return r;
	if (unlinkat(dir, own->name, 0) < 0 && errno != ENOENT)
		return -errno;
	fsync(dir); /* what is not synced comes back with a crash, and destroy takes it */
	return 0;
}
