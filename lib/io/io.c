// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/str.h"
#include "io/access-log.h"
#include "io/child.h"
#include "io/within.h"

#define ATTRIBUTE_MAX (64u * 1024)
#define SHORTEST_PAGE 4096  /* of all architectures */
#define DEFAULT_PATIENCE 30 /* seconds */
#define TABLE_MAX (16u * 1024 * 1024)

static const char *const root_names[VPREP_ROOTS] = {
	[VPREP_SYS] = "sys",
	[VPREP_PROC] = "proc",
	[VPREP_DEV] = "dev",
	[VPREP_RUN] = "run",
};

int vprep_io_new_at(const char *dir, bool live, const struct vprep_io_ops *ops,
		    struct vprep_io **ret)
{
	_cleanup_(vprep_io_freep) struct vprep_io *io = calloc(1, sizeof(*io));
	int i;

	if (!io)
		return -ENOMEM;
	io->base = -1;
	for (i = 0; i < VPREP_ROOTS; i++)
		io->root[i] = -1;
	io->ops = ops;
	io->live = live;
	io->patience.seconds = DEFAULT_PATIENCE;
	io->prefix = strdup(streq(dir, "/") ? "" : dir);
	if (!io->prefix)
		return -ENOMEM;
	io->base = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (io->base < 0 || vprep_fd_above_stdio(&io->base) < 0)
		return -errno;
	for (i = 0; i < VPREP_ROOTS; i++) {
		io->root[i] = vprep_open_within(io->base, root_names[i],
						O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
		if (io->root[i] < 0 && io->root[i] != -ENOENT)
			return io->root[i];
		if (io->root[i] >= 0 && vprep_fd_above_stdio(&io->root[i]) < 0)
			return -errno;
	}
	*ret = TAKE_PTR(io);
	return 0;
}

int vprep_io_new(struct vprep_io **ret)
{
	return vprep_io_new_at("/", true, &vprep_io_kernel_ops, ret);
}

void vprep_io_free(struct vprep_io *io)
{
	int i;

	if (!io)
		return;
	vprep_child_done(io);
	vprep_closep(&io->base);
	for (i = 0; i < VPREP_ROOTS; i++)
		vprep_closep(&io->root[i]);
	free(io->prefix);
	free(io);
}

/* The path of a variadic caller. */
#define FORMAT_PATH(path, format)                                                        \
	_cleanup_free_ char *path = NULL;                                                \
	do {                                                                             \
		va_list _ap;                                                             \
		va_start(_ap, format);                                                   \
		path = vprep_vstrf(format, _ap);                                         \
		va_end(_ap);                                                             \
		if (!path)                                                               \
			return -ENOMEM;                                                  \
	} while (0)

/* Opens the path as the host does: @resolve is for vprep_open_within(). Nobody is waited
 * for, should it be a FIFO. */
static int open_from(const struct vprep_io *io, int base, const char *path, int flags,
		     uint64_t resolve)
{
	if ((flags & (O_ACCMODE | O_PATH)) == O_RDONLY)
		flags |= O_NONBLOCK | O_NOCTTY;
	return io->live ? vprep_open_within(base, path, flags, resolve)
			: vprep_open_captured(base, path, flags, resolve);
}

static int open_below(const struct vprep_io *io, enum vprep_root root, int flags,
		      const char *path)
{
	if (io->root[root] < 0)
		return -ENOENT;
	return open_from(io, io->root[root], path, flags, RESOLVE_BENEATH);
}

int vprep_io_host_open(const struct vprep_io *io, const char *path, int flags)
{
	return open_from(io, io->base, path, flags, RESOLVE_IN_ROOT);
}

/* A copy without the newline at the end. */
static int keep_text(const char *text, char **ret)
{
	size_t len = strlen(text);
	char *copy = strndup(text, len > 0 && text[len - 1] == '\n' ? len - 1 : len);

	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static int read_text(int fd, size_t max, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = vprep_fd_read(fd, max + 1, &text, &len);

	if (r < 0)
		return r;
	if (len > max)
		return -EFBIG;
	return keep_text(text, ret);
}

/* The kernel gives all of an attribute in one read, and it is shorter than a page:
 * Documentation/filesystems/sysfs.rst. What is longer is not one of those. */
static int read_attribute(int fd, size_t max, char **ret)
{
	char text[SHORTEST_PAGE];
	ssize_t n;

	do
		n = read(fd, text, sizeof(text) - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof(text) - 1)
		return lseek(fd, 0, SEEK_SET) < 0 ? -errno : read_text(fd, max, ret);
	text[n] = '\0';
	return keep_text(text, ret);
}

/* Those of sysctl are read alike: proc_sys_call_handler() in fs/proc/proc_sysctl.c. */
static bool is_attribute(enum vprep_root root, const char *path)
{
	return root == VPREP_SYS ||
	       (root == VPREP_PROC && strncmp(path, "sys/", strlen("sys/")) == 0);
}

static int read_path(const struct vprep_io *io, enum vprep_root root, size_t max,
		     const char *path, char **ret)
{
	_cleanup_close_ int fd = open_below(io, root, O_RDONLY, path);
	int r = fd;

	if (fd >= 0)
		r = is_attribute(root, path) ? read_attribute(fd, max, ret)
					     : read_text(fd, max, ret);

	if (r == 0 && io->access_log)
		vprep_access_log_file(io, root, path, fd, *ret);
	return r;
}

int vprep_io_read(const struct vprep_io *io, enum vprep_root root, char **ret,
		  const char *format, ...)
{
	FORMAT_PATH(path, format);
	return read_path(io, root, ATTRIBUTE_MAX, path, ret);
}

int vprep_io_read_table(const struct vprep_io *io, enum vprep_root root, char **ret,
			const char *format, ...)
{
	FORMAT_PATH(path, format);
	return read_path(io, root, TABLE_MAX, path, ret);
}

int vprep_io_read_bytes(const struct vprep_io *io, enum vprep_root root, off_t offset,
			void *buf, size_t len, const char *format, ...)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	FORMAT_PATH(path, format);
	fd = open_below(io, root, O_RDONLY, path);
	if (fd < 0)
		return fd;
	if (io->access_log)
		vprep_access_log_binary(io, root, path, fd);
	n = pread(fd, buf, len, offset);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int vprep_io_read_u64(const struct vprep_io *io, enum vprep_root root, unsigned base,
		      uint64_t *ret, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	const char *digits;
	int r;

	FORMAT_PATH(path, format);
	r = read_path(io, root, ATTRIBUTE_MAX, path, &text);
	if (r < 0)
		return r;
	digits = base == 16 && strncmp(text, "0x", 2) == 0 ? text + 2 : text;
	return vprep_parse_u64(digits, base, UINT64_MAX, ret);
}

/* On a live host the folders on the way are the kernel's. */
static ssize_t read_target(const struct vprep_io *io, enum vprep_root root,
			   const char *path, char *target, size_t size)
{
	_cleanup_close_ int fd = -1;

	if (io->live)
		return readlinkat(io->root[root], path, target, size);
	fd = open_below(io, root, O_PATH | O_NOFOLLOW, path);
	if (fd < 0) {
		errno = -fd;
		return -1;
	}
	return readlinkat(fd, "", target, size);
}

static int read_link(const struct vprep_io *io, enum vprep_root root, const char *path,
		     char **ret)
{
	char target[4096];
	char *copy;
	ssize_t n;

	if (io->root[root] < 0)
		return -ENOENT;
	n = read_target(io, root, path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (io->access_log)
		vprep_access_log_link(io, root, path, target);
	copy = strdup(target);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int vprep_io_readlink(const struct vprep_io *io, enum vprep_root root, char **ret,
		      const char *format, ...)
{
	FORMAT_PATH(path, format);
	return read_link(io, root, path, ret);
}

int vprep_io_link_name(const struct vprep_io *io, enum vprep_root root, char **ret,
		       const char *format, ...)
{
	_cleanup_free_ char *target = NULL;
	const char *slash;
	char *name;
	int r;

	FORMAT_PATH(path, format);
	r = read_link(io, root, path, &target);
	if (r < 0)
		return r;
	slash = strrchr(target, '/');
	name = strdup(slash ? slash + 1 : target);
	if (!name)
		return -ENOMEM;
	*ret = name;
	return 0;
}

/* Of a live host's sysfs the kernel is asked by one call, as all links there are its own.
 */
static int exists_in_sysfs(const struct vprep_io *io, const char *path)
{
	if (io->root[VPREP_SYS] < 0)
		return 0;
	if (faccessat(io->root[VPREP_SYS], path, F_OK, 0) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

int vprep_io_exists(const struct vprep_io *io, enum vprep_root root, const char *format,
		    ...)
{
	int fd;

	FORMAT_PATH(path, format);
	if (root == VPREP_SYS && io->live && !io->access_log)
		return exists_in_sysfs(io, path);
	fd = open_below(io, root, O_PATH, path);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return fd;
	if (io->access_log)
		vprep_access_log_exists(io, root, path, fd);
	close(fd);
	return 1;
}

int vprep_io_list_fd(int fd, char ***ret)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_close_ int taken = fd;
	size_t i, n = 0;
	int r = vprep_dir_names(taken, &names);

	if (r < 0)
		return r;
	for (i = 0; names[i]; i++)
		if (names[i][0] == '.')
			free(names[i]);
		else
			names[n++] = names[i];
	names[n] = NULL;
	vprep_strv_sort(names);
	*ret = TAKE_PTR(names);
	return 0;
}

int vprep_io_list(const struct vprep_io *io, enum vprep_root root, char ***ret,
		  const char *format, ...)
{
	_cleanup_close_ int recorded = -1;
	int fd, r;

	FORMAT_PATH(path, format);
	fd = open_below(io, root, O_RDONLY | O_DIRECTORY, path);
	if (fd < 0)
		return fd;
	if (io->access_log) /* the listing closes its own */
		recorded = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	r = vprep_io_list_fd(fd, ret);
	if (r == 0 && recorded >= 0)
		vprep_access_log_folder(io, root, path, recorded, *ret);
	return r;
}

int vprep_io_open(const struct vprep_io *io, enum vprep_root root, int flags,
		  const char *format, ...)
{
	int fd;

	FORMAT_PATH(path, format);
	fd = open_below(io, root, flags, path);
	if (fd >= 0 && io->access_log && (flags & (O_ACCMODE | O_PATH)) == O_RDONLY)
		vprep_access_log_binary(io, root, path, fd);
	return fd;
}

int vprep_io_write(struct vprep_io *io, const char *value, const char *format, ...)
{
	FORMAT_PATH(path, format);
	return io->live ? io->ops->write_attr(io, path, value) : -EROFS;
}

const char *vprep_io_below_dev(const char *path)
{
	static const char dev[] = VPREP_IO_NODES;

	return strncmp(path, dev, sizeof(dev) - 1) == 0 ? path + sizeof(dev) - 1 : NULL;
}

char *vprep_io_dev_path(const char *node)
{
	return vprep_strf("/dev/%s", node);
}

int vprep_io_node_access(const struct vprep_io *io, const char *format, ...)
{
	FORMAT_PATH(path, format);
	if (io->root[VPREP_DEV] < 0)
		return -ENOENT;
	return faccessat(io->root[VPREP_DEV], path, R_OK | W_OK, AT_EACCESS) < 0 ? -errno
										 : 0;
}

int vprep_io_node_stat(const struct vprep_io *io, struct stat *ret, const char *format,
		       ...)
{
	_cleanup_close_ int fd = -1;

	FORMAT_PATH(path, format);
	fd = open_below(io, VPREP_DEV, O_PATH | O_NOFOLLOW, path);
	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

/* Changes what the O_PATH fd stands for, so that nothing can be exchanged in between. */
static int set_through_fd(int fd, uid_t uid, gid_t gid, mode_t mode)
{
	char self[sizeof("/proc/self/fd/") + 12];

	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return -errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return chmod(self, mode) < 0 ? -errno : 0;
}

int vprep_io_node_give(const struct vprep_io *io, uid_t uid, gid_t gid, mode_t mode,
		       struct stat *ret, const char *format, ...)
{
	_cleanup_close_ int fd = -1;
	int r;

	FORMAT_PATH(path, format);
	fd = open_below(io, VPREP_DEV, O_PATH | O_NOFOLLOW, path);
	if (fd < 0)
		return fd;
	if (fstat(fd, ret) < 0)
		return -errno;
	if (S_ISLNK(ret->st_mode) || S_ISDIR(ret->st_mode))
		return -ELOOP;
	if (ret->st_uid == uid && ret->st_gid == gid && (ret->st_mode & 07777) == mode)
		return 0;
	r = set_through_fd(fd, uid, gid, mode);
	return r == 0 && fstat(fd, ret) < 0 ? -errno : r;
}

int vprep_io_node_set(const struct vprep_io *io, uid_t uid, gid_t gid, mode_t mode,
		      const char *format, ...)
{
	struct stat st;

	FORMAT_PATH(path, format);
	return vprep_io_node_give(io, uid, gid, mode, &st, "%s", path);
}
