// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "common/cleanup.h"
#include "common/str.h"

int vprep_fd_write(int fd, const char *text, size_t len)
{
	ssize_t n = write(fd, text, len);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static char *temporary_name(const char *name)
{
	return vprep_strf(".%s.tmp", name);
}

/* All of a file that has no name yet, or a temporary one. */
static int write_all(int fd, const char *content, mode_t mode)
{
	int r = vprep_fd_write(fd, content, strlen(content));

	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int write_temporary(int dir, const char *temporary, const char *content,
			   mode_t mode)
{
	_cleanup_close_ int fd = -1;

	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	return fd < 0 ? -errno : write_all(fd, content, mode);
}

int vprep_file_replace(int dir, const char *name, const char *content, mode_t mode)
{
	_cleanup_free_ char *temporary = temporary_name(name);
	int r;

	if (!temporary)
		return -ENOMEM;
	r = write_temporary(dir, temporary, content, mode);
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir, temporary, 0);
	return r;
}

/* For file systems without O_TMPFILE: the file is written under a temporary name first. A
 * crash may leave that, and nobody reads it. */
static int create_by_temporary(int dir, const char *name, const char *content,
			       mode_t mode)
{
	_cleanup_free_ char *temporary = temporary_name(name);
	int r;

	if (!temporary)
		return -ENOMEM;
	r = write_temporary(dir, temporary, content, mode);
	if (r == 0 && linkat(dir, temporary, dir, name, 0) < 0)
		r = -errno;
	unlinkat(dir, temporary, 0);
	return r;
}

static int create_unnamed(int dir, int fd, const char *name, const char *content,
			  mode_t mode)
{
	static const char fds[] = "/proc/self/fd/";
	char self[sizeof(fds) + 12];
	int r = write_all(fd, content, mode);

	snprintf(self, sizeof(self), "%s%d", fds, fd);
	if (r == 0 && linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) < 0)
		r = -errno;
	return r;
}

int vprep_file_create(int dir, const char *name, const char *content, mode_t mode)
{
	_cleanup_close_ int fd = openat(dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	int r;

	if (fd >= 0)
		r = create_unnamed(dir, fd, name, content, mode);
	else if (errno == EOPNOTSUPP)
		r = create_by_temporary(dir, name, content, mode);
	else
		r = -errno;
	if (r == 0 && fsync(dir) < 0) {
		r = -errno;
		unlinkat(dir, name, 0);
	}
	return r;
}

void vprep_file_remove_temporary(int dir, const char *name)
{
	_cleanup_free_ char *temporary = temporary_name(name);

	if (temporary)
		unlinkat(dir, temporary, 0);
}

bool vprep_file_is_in_memory(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && st.f_type == TMPFS_MAGIC;
}

int vprep_file_append(int fd, const char *text, size_t len, bool sync)
{
	ssize_t n = write(fd, text, len);
	struct stat st;
	int r = n < 0 ? -errno : (size_t)n == len ? 0 : -EIO;

	if (r == 0 && sync && fdatasync(fd) < 0)
		r = -errno;
	/* if this fails too, what stays is a torn last line, which readers drop */
	if (r < 0 && n > 0 && fstat(fd, &st) == 0 && ftruncate(fd, st.st_size - n) < 0)
		return r;
	return r;
}

int vprep_fd_read(int fd, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	char chunk[16 * 1024];
	ssize_t n = 1;

	while (n != 0 && buf.len < max && !buf.failed) {
		size_t left = max - buf.len;

		n = read(fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			vprep_buf_add_n(&buf, chunk, (size_t)n);
	}
	*ret_len = buf.len;
	return vprep_buf_take(&buf, ret);
}

int vprep_file_read(int fd, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > max)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (n != 0 && len < (size_t)st.st_size) {
		n = pread(fd, text + len, (size_t)st.st_size - len, (off_t)len);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	*ret = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

int vprep_file_read_at(int dir, const char *name, size_t max, char **ret)
{
	_cleanup_close_ int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t len;

	return fd < 0 ? -errno : vprep_file_read(fd, max, ret, &len);
}

/* A file system that does not tell types may have a folder there. */
static bool is_wanted(const struct dirent64 *entry, bool folders)
{
	return !streq(entry->d_name, ".") && !streq(entry->d_name, "..") &&
	       (!folders || entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

static int add_entries(const char *entries, size_t len, bool folders, char ***names,
		       size_t *n)
{
	const struct dirent64 *entry;
	size_t at;

	for (at = 0; at < len; at += entry->d_reclen) {
		entry = (const void *)(entries + at);
		if (is_wanted(entry, folders) &&
		    vprep_strv_add_n(names, n, entry->d_name) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* opendir(3) asks the kernel three questions more for each directory. */
static int read_dir(int fd, bool folders, char ***ret)
{
	_cleanup_strv_ char **names = calloc(1, sizeof(*names));
	_Alignas(struct dirent64) char entries[32 * 1024];
	size_t n_names = 0;
	ssize_t n;
	int r = names ? 0 : -ENOMEM;

	while (r == 0 && (n = getdents64(fd, entries, sizeof(entries))) != 0)
		r = n < 0 ? -errno
			  : add_entries(entries, (size_t)n, folders, &names, &n_names);
	if (r == 0)
		*ret = TAKE_PTR(names);
	return r;
}

int vprep_dir_names(int fd, char ***ret)
{
	return read_dir(fd, false, ret);
}

int vprep_dir_folders(int fd, char ***ret)
{
	return read_dir(fd, true, ret);
}

/* Whether the file still has its name. Looking for its removal is enough: another file
 * takes the place of a locked one only while nobody else can open either of them. */
static bool is_current(int fd, struct stat *ret)
{
	return fstat(fd, ret) == 0 && ret->st_nlink > 0;
}

void vprep_file_remove_empty(int dir, const char *name, int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_current(fd, &st) && st.st_size == 0)
		unlinkat(dir, name, 0);
}

/* Making comes first: where there is no file yet, that is one call. -ENOENT: the folder
 * is gone. */
static int open_or_make(int dir, const char *name, bool create, bool *ret_made)
{
	const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	do {
		fd = openat(dir, name, flags | (create ? O_CREAT | O_EXCL : 0), 0600);
		*ret_made = create && fd >= 0;
		if (fd >= 0 || !create || errno != EEXIST)
			break;
		fd = openat(dir, name, flags);
	} while (fd < 0 && errno == ENOENT); /* somebody removed it in between */
	return fd < 0 ? -errno : fd;
}

void vprep_file_unlock(int *fd)
{
	if (*fd >= 0)
		flock(*fd, LOCK_UN);
	vprep_closep(fd);
	*fd = -1;
}

int vprep_file_lock(int dir, const char *name, bool create,
		    int (*wait)(int fd, void *data), void *data, int *ret_fd)
{
	for (;;) {
		bool made;
		_cleanup_(vprep_file_unlock) int fd =
			open_or_make(dir, name, create, &made);
		struct stat st;
		int r;

		if (fd < 0)
			return fd;
		r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
		if (r == -EWOULDBLOCK)
			r = wait ? wait(fd, data) : -EAGAIN;
		if (r < 0) {
			if (made)
				vprep_file_remove_empty(dir, name, fd);
			return r;
		}
		if (is_current(fd, &st)) {
			*ret_fd = TAKE_FD(fd);
			return 0;
		}
	}
}

int vprep_file_hold(int dir, const char *name, int *ret_fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = vprep_fd_above_stdio(&fd);
	if (r < 0)
		return r;
	/* flock(2) would do, but a process can have only one such lock on a file */
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES ? -EINPROGRESS : -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void vprep_file_let_go(int fd)
{
	struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_OFD_SETLK, &lock);
}

int vprep_fd_above_stdio(int *fd)
{
	int moved;

	if (*fd > STDERR_FILENO)
		return 0;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (moved < 0)
		return -errno;
	close(*fd);
	*fd = moved;
	return 0;
}

int vprep_fds_open_missing(void)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO },
				{ .fd = STDOUT_FILENO },
				{ .fd = STDERR_FILENO } };
	int i;

	if (poll(fds, VPREP_ARRAY_SIZE(fds), 0) < 0)
		return -EBADF;
	for (i = 0; i < (int)VPREP_ARRAY_SIZE(fds); i++)
		if ((fds[i].revents & POLLNVAL) && open("/dev/null", O_RDWR) != fds[i].fd)
			return -EBADF;
	return 0;
}

void vprep_fds_close_inherited(void)
{
	close_range(STDERR_FILENO + 1, UINT_MAX, 0);
}
