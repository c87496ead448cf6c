// SPDX-License-Identifier: GPL-2.0-or-later
/* Files, links and folders of the tree. */
#include "fake/internal.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char
	bugs[4096]; /* a job's child has no stderr: fake_free() shows what is in here */

void fake_set_bug_file(struct fake *f)
{
	snprintf(bugs, sizeof(bugs), "%s/.fake/bugs", f->path);
}

void fake_bug(const char *file, int line, const char *what)
{
	int number = errno;
	FILE *to = fopen(bugs, "ae");

	fprintf(stderr, "fake kernel: %s:%d: %s (errno %d)\n", file, line, what, number);
	if (to) {
		fprintf(to, "%s:%d: %s (errno %d)\n", file, line, what, number);
		fclose(to);
	}
	abort();
}

static int lock_fd; /* of this process's operation; closing it unlocks */

int fake_lock(struct fake *f)
{
	int fd = openat(f->dir, ".fake/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	must(fd >= 0);
	while (flock(fd, LOCK_EX) < 0)
		must(errno == EINTR);
	lock_fd = fd;
	return fd;
}

void fake_pause_locked(void)
{
	const struct timespec pause = { .tv_nsec = 3000000 };

	must(flock(lock_fd, LOCK_UN) == 0);
	nanosleep(&pause, NULL);
	while (flock(lock_fd, LOCK_EX) < 0)
		must(errno == EINTR);
}

char *fake_canonical(struct fake *f, const char *path)
{
	_cleanup_close_ int fd = openat(f->dir, path, O_PATH | O_CLOEXEC);
	char self[64], target[4096];
	size_t len = strlen(f->path);
	ssize_t n;

	if (fd < 0)
		return NULL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, target, sizeof(target) - 1);
	must(n > 0 && (size_t)n < sizeof(target) - 1);
	target[n] = '\0';
	if (strncmp(target, f->path, len) != 0 || target[len] != '/')
		return NULL;
	return strdup(target + len + 1);
}

static void make_folders(struct fake *f, const char *path, bool last_too)
{
	_cleanup_free_ char *copy = strdup(path);
	char *slash;

	must(copy);
	for (slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		must(mkdirat(f->dir, copy, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	if (last_too)
		must(mkdirat(f->dir, copy, 0755) == 0 || errno == EEXIST);
}

void fake_mkdir(struct fake *f, const char *format, ...)
{
	FAKE_FORMAT(path, format);
	make_folders(f, path, true);
}

/* By rename: readers take no lock and must not see half a file. */
static void put_bytes(struct fake *f, mode_t mode, const char *data, size_t len,
		      const char *path)
{
	_cleanup_close_ int fd = -1;
	char temp[64];

	make_folders(f, path, false);
	snprintf(temp, sizeof(temp), ".fake/new.%d", (int)getpid());
	fd = openat(f->dir, temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, data, len) == (ssize_t)len && fchmod(fd, mode) == 0);
	must(renameat(f->dir, temp, f->dir, path) == 0);
}

void fake_put(struct fake *f, mode_t mode, const char *content, const char *format, ...)
{
	FAKE_FORMAT(path, format);
	put_bytes(f, mode, content, strlen(content), path);
}

void fake_put_bytes(struct fake *f, mode_t mode, const void *data, size_t len,
		    const char *format, ...)
{
	FAKE_FORMAT(path, format);
	put_bytes(f, mode, data, len, path);
}

void fake_store(struct fake *f, const char *content, const char *format, ...)
{
	struct stat st;

	FAKE_FORMAT(path, format);
	must(fstatat(f->dir, path, &st, 0) == 0);
	put_bytes(f, st.st_mode & 07777, content, strlen(content), path);
}

char *fake_get(struct fake *f, const char *format, ...)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	_cleanup_close_ int fd = -1;
	char chunk[4096], *text;
	ssize_t n;

	FAKE_FORMAT(path, format);
	fd = openat(f->dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		vprep_buf_add_n(&buf, chunk, (size_t)n);
	if (buf.len > 0 && buf.data[buf.len - 1] == '\n')
		buf.len--;
	must(vprep_buf_take(&buf, &text) == 0);
	return text;
}

unsigned fake_get_number(struct fake *f, unsigned otherwise, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;

	FAKE_FORMAT(path, format);
	text = fake_get(f, "%s", path);
	return text && *text ? (unsigned)strtoul(text, NULL, 0) : otherwise;
}

bool fake_has(struct fake *f, const char *format, ...)
{
	struct stat st;

	FAKE_FORMAT(path, format);
	return fstatat(f->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* From the folder @dir to @target, through their nearest common folder. */
static char *relative_path(const char *dir, const char *target)
{
	_cleanup_buf_ struct vprep_buf buf = { 0 };
	size_t i, common = 0;
	char *text;

	for (i = 0; dir[i] && dir[i] == target[i]; i++)
		if (dir[i] == '/')
			common = i + 1;
	if (!dir[i] && target[i] == '/')
		common = i + 1;
	if (common <= strlen(dir)) {
		vprep_buf_add(&buf, "../");
		for (i = common; dir[i]; i++)
			if (dir[i] == '/')
				vprep_buf_add(&buf, "../");
	}
	vprep_buf_add(&buf, target + common);
	must(vprep_buf_take(&buf, &text) == 0);
	return text;
}

void fake_link(struct fake *f, const char *target, const char *format, ...)
{
	_cleanup_free_ char *dir = NULL, *to = NULL, *relative = NULL, *at = NULL;
	char *slash;

	FAKE_FORMAT(path, format);
	make_folders(f, path, false);
	slash = strrchr(path, '/');
	*slash = '\0';
	dir = fake_canonical(f, path);
	to = fake_canonical(f, target);
	must(dir && to);
	relative = relative_path(dir, to);
	at = vprep_strf("%s/%s", dir, slash + 1);
	must(symlinkat(relative, f->dir, at) == 0);
}

char *fake_link_name(struct fake *f, const char *format, ...)
{
	char target[4096], *slash;
	ssize_t n;

	FAKE_FORMAT(path, format);
	n = readlinkat(f->dir, path, target, sizeof(target) - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return strdup(slash ? slash + 1 : target);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

void fake_remove(struct fake *f, const char *format, ...)
{
	_cleanup_free_ char *full = NULL;

	FAKE_FORMAT(path, format);
	full = vprep_strf("%s/%s", f->path, path);
	must(full);
	if (nftw(full, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		must(errno == ENOENT);
}

char **fake_list(struct fake *f, const char *format, ...)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char **names = calloc(2, sizeof(char *));
	struct dirent *entry;
	int fd;

	FAKE_FORMAT(path, format);
	must(names);
	fd = openat(f->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return names;
	dir = fdopendir(fd);
	must(dir);
	while ((entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			must(vprep_strv_add(&names, entry->d_name) == 0);
	vprep_strv_sort(names);
	return names;
}

char *fake_chomp(const char *value)
{
	char *copy = strdup(value);
	size_t len;

	must(copy);
	len = strlen(copy);
	if (len > 0 && copy[len - 1] == '\n')
		copy[len - 1] = '\0';
	return copy;
}
