// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of the host outside the roots, by absolute path. */
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "io/io.h"

#define LABEL_MAX 4095 /* PAGE_SIZE - 1, as of the kernel's own */

int vprep_io_host_stat(const struct vprep_io *io, const char *path, struct stat *ret)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

int vprep_io_host_lstat(const struct vprep_io *io, const char *path, struct stat *ret)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

bool vprep_io_host_is_same(const struct vprep_io *io, const char *a, const char *b)
{
	struct stat x, y;

	return streq(a, b) || (vprep_io_host_stat(io, a, &x) == 0 &&
			       vprep_io_host_stat(io, b, &y) == 0 &&
			       x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

int vprep_io_host_readlink(const struct vprep_io *io, const char *path, char **ret)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_PATH | O_NOFOLLOW);
	char target[4096];
	ssize_t n;
	char *copy;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return errno == ENOENT ? -EINVAL : -errno; /* no link, as readlink(2) */
	copy = strndup(target, (size_t)n);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int vprep_io_host_label(const struct vprep_io *io, const char *path, char **ret)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_RDONLY | O_NONBLOCK);
	char label[LABEL_MAX + 1] = "";

	if (fd < 0)
		return fd;
	if (fgetxattr(fd, "security.selinux", label, LABEL_MAX) < 0)
		return errno == EOPNOTSUPP ? -ENODATA : -errno;
	*ret = strdup(label);
	return *ret ? 0 : -ENOMEM;
}

int vprep_io_host_list(const struct vprep_io *io, const char *path, char ***ret)
{
	int fd = vprep_io_host_open(io, path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : vprep_io_list_fd(fd, ret);
}
