// SPDX-License-Identifier: GPL-2.0-or-later
/* Folders that we write to: our state, and the rules folder. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "io/io.h"

#define STATE_DIR "vfio-prep"
#define PUBLIC_DIR STATE_DIR "/" VPREP_IO_STATE_PUBLIC
#define STATE_MODE                                                                       \
	0711 /* all may go through it, to what is public, and read nothing else */
#define ATTEMPTS 100

/* What others could write is not a journal to act on. */
static int check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && (st.st_mode & 022) == 0 ? 0 : -EPERM;
}

/* Whatever the caller's umask is. One that is there stays as it is. */
static int make_dir(int dir, const char *name, mode_t mode)
{
	if (mkdirat(dir, name, 0700) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* it may have gone meanwhile */
	return fchmodat(dir, name, mode, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int vprep_io_state_make_public(int state)
{
	return make_dir(state, VPREP_IO_STATE_PUBLIC, 0755);
}

/* What others could write tells nobody anything. */
int vprep_io_state_public(const struct vprep_io *io, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat run, st;

	if (io->root[VPREP_RUN] < 0)
		return -ENOENT;
	fd = openat(io->root[VPREP_RUN], PUBLIC_DIR,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(io->root[VPREP_RUN], &run) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != run.st_uid || (st.st_mode & 022) != 0)
		return -EPERM;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int vprep_io_state_dir(const struct vprep_io *io, bool create, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	int i, r;

	if (io->root[VPREP_RUN] < 0)
		return create ? -ENOTDIR : -ENOENT;
	/* Whoever gives back the last device removes the folder: it may vanish between
	 * the two calls. */
	for (i = 0; i < ATTEMPTS && fd < 0; i++) {
		r = create ? make_dir(io->root[VPREP_RUN], STATE_DIR, STATE_MODE) : 0;
		if (r < 0)
			return r;
		fd = openat(io->root[VPREP_RUN], STATE_DIR,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (errno != ENOENT || !create))
			return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
	}
	if (fd < 0)
		return -EAGAIN;
	r = check_private(fd);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int vprep_io_state_dir_remove(const struct vprep_io *io)
{
	return unlinkat(io->root[VPREP_RUN], STATE_DIR, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int make_path(char *path)
{
	char *p;

	if (make_dir(AT_FDCWD, path, 0755) == 0)
		return 0;
	for (p = path + 1;; p++) {
		char c = *p;
		int r;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		r = make_dir(AT_FDCWD, path, 0755);
		*p = c;
		if (r < 0 || c == '\0')
			return r;
	}
}

int vprep_io_host_dir(const struct vprep_io *io, const char *path, bool create,
		      int *ret_fd)
{
	int fd = vprep_io_host_open(io, path, O_RDONLY | O_DIRECTORY);

	if (fd == -ENOENT && create && io->live) {
		_cleanup_free_ char *full = vprep_strf("%s%s", io->prefix, path);
		int r = full ? make_path(full) : -ENOMEM;

		if (r < 0)
			return r;
		fd = vprep_io_host_open(io, path, O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* The path that is cut off at @end, without the slashes before that. */
static void cut_at(char *path, char *end)
{
	while (end > path && end[-1] == '/')
		end--;
	*end = '\0';
}

static bool is_missing(const struct vprep_io *io, const char *path)
{
	_cleanup_close_ int fd = vprep_io_host_open(io, path, O_PATH);

	return fd == -ENOENT;
}

int vprep_io_host_dir_missing(const struct vprep_io *io, const char *path, char **ret)
{
	_cleanup_free_ char *part = strdup(path), *missing = NULL;

	if (!part)
		return -ENOMEM;
	cut_at(part, part + strlen(part));
	while (*part && is_missing(io, part)) {
		free(missing);
		missing = strdup(part);
		if (!missing)
			return -ENOMEM;
		cut_at(part, strrchr(part, '/'));
	}
	*ret = TAKE_PTR(missing);
	return 0;
}

void vprep_io_host_dir_remove(const struct vprep_io *io, const char *path,
			      const char *topmost)
{
	_cleanup_free_ char *full = vprep_strf("%s%s", io->prefix, path);
	size_t shortest = strlen(io->prefix) + strlen(topmost);

	if (full)
		cut_at(full, full + strlen(full));
	while (full && strlen(full) >= shortest && rmdir(full) == 0) {
		char *slash = strrchr(full, '/');

		if (!slash)
			return;
		cut_at(full, slash);
	}
}
