// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "common/file.h"
#include "fuzz.h"
#include "io/within.h"

static char folder[64];
static int folder_fd = -1;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level > 0 ? remove(path) : 0;
}

void fuzz_folder_empty(void)
{
	CHECK(nftw(fuzz_folder(), remove_one, 8, FTW_PHYS | FTW_DEPTH) == 0);
}

static void at_exit(void)
{
	fuzz_folder_empty();
	rmdir(folder);
	close(folder_fd);
}

const char *fuzz_folder(void)
{
	if (*folder)
		return folder;
	/* in memory, where that is possible */
	strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/vprep-fuzz-XXXXXX"
						     : "/tmp/vprep-fuzz-XXXXXX");
	CHECK(mkdtemp(folder));
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(folder_fd >= 0);
	atexit(at_exit);
	return folder;
}

/* The folder above the last component, which is *@ret_name; below 0: there is none. */
static int open_parent(const char *path, const char **ret_name)
{
	int at, next;
	const char *slash;

	fuzz_folder();
	at = fcntl(folder_fd, F_DUPFD_CLOEXEC, 0);
	while (at >= 0 && (slash = strchr(path, '/'))) {
		_cleanup_free_ char *name = strndup(path, (size_t)(slash - path));

		CHECK(name);
		if (!streq(name, "..") && *name)
			mkdirat(at, name, 0755);
		next = *name ? vprep_open_within(at, name, O_PATH | O_DIRECTORY,
						 RESOLVE_BENEATH)
			     : -1;
		close(at);
		at = next;
		path = slash + 1;
	}
	*ret_name = path;
	return at;
}

void fuzz_put_file(const char *path, const void *content, size_t len)
{
	const char *name;
	_cleanup_close_ int at = open_parent(path, &name);
	_cleanup_close_ int fd = -1;

	if (at < 0)
		return;
	fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0644);
	if (fd >= 0 && len > 0)
		CHECK(vprep_fd_write(fd, content, len) == 0);
}

void fuzz_put_link(const char *path, const char *target)
{
	const char *name;
	_cleanup_close_ int at = open_parent(path, &name);

	if (at >= 0 && symlinkat(target, at, name) < 0)
		return;
}

void fuzz_put_folder(const char *path)
{
	const char *name;
	_cleanup_close_ int at = open_parent(path, &name);

	if (at >= 0 && mkdirat(at, name, 0755) < 0)
		return;
}
