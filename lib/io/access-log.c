// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/access-log.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"

#define CONFIG_MAX 256
#define VITAL_MAX 0x8000

struct vprep_access_log {
	void *tree; /* of items, by path */
	void *ways; /* of paths whose links are in the log */
	struct vprep_access_log_item *items;
	size_t n;
	bool failed;
};

struct vprep_access_log *vprep_access_log_new(void)
{
	return calloc(1, sizeof(struct vprep_access_log));
}

static void item_free(void *p)
{
	struct vprep_access_log_item *item = p;

	free(item->path);
	free(item->content);
	free(item);
}

void vprep_access_log_free(struct vprep_access_log *log)
{
	if (!log)
		return;
	tdestroy(log->tree, item_free);
	tdestroy(log->ways, free);
	free(log->items);
	free(log);
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(((const struct vprep_access_log_item *)a)->path,
		      ((const struct vprep_access_log_item *)b)->path);
}

static int compare_ways(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The item of that path, which is made if there is none. Takes @path. */
static struct vprep_access_log_item *get_item(struct vprep_access_log *log, char *path,
					      enum vprep_access_log_kind kind)
{
	struct vprep_access_log_item *item = path ? calloc(1, sizeof(*item)) : NULL;
	void **place;

	if (!item) {
		free(path);
		log->failed = true;
		return NULL;
	}
	item->path = path;
	item->kind = kind;
	place = tsearch(item, &log->tree, compare_items);
	if (!place || *place != item) {
		item_free(item);
		log->failed |= !place;
		return place ? *place : NULL;
	}
	log->n++;
	return item;
}

static void set_content(struct vprep_access_log *log, struct vprep_access_log_item *item,
			const char *content, size_t len)
{
	if (!item || item->content)
		return;
	item->content = malloc(len + 1);
	if (!item->content) {
		log->failed = true;
		return;
	}
	memcpy(item->content, content, len);
	item->content[len] = '\0';
	item->len = len;
}

/* Whether the path is one that may leave the host. */
static bool is_wanted(enum vprep_root root, const char *path)
{
	switch (root) {
	case VPREP_SYS:
		return true;
	case VPREP_PROC: /* not the folders of processes, but our own view of tables */
		return path[0] < '0' || path[0] > '9';
	case VPREP_RUN:
		return strncmp(path, "udev/data/", 10) == 0;
	case VPREP_DEV:
	case VPREP_ROOTS:
	default:
		return false;
	}
}

static char *fd_path(int fd)
{
	char self[sizeof("/proc/self/fd/") + 12], target[4096];
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, target, sizeof(target) - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	return strdup(target);
}

/* The path without links: "sys/devices/…". Only sysfs has links on the way. */
static char *real_path(const struct vprep_io *io, enum vprep_root root, const char *path,
		       int fd)
{
	static const char *const names[VPREP_ROOTS] = {
		[VPREP_SYS] = "sys", [VPREP_PROC] = "proc", [VPREP_RUN] = "run"
	};
	_cleanup_free_ char *top = NULL, *real = NULL;
	size_t len;

	if (root != VPREP_SYS)
		return vprep_strf("%s/%s", names[root], path);
	top = fd_path(io->root[root]);
	real = fd_path(fd);
	len = top ? strlen(top) : 0;
	if (!real || !top || strncmp(real, top, len) != 0)
		return NULL;
	return vprep_strf("sys%s", real + len);
}

/* The path without links on the way; the last part may be a link. */
static char *real_name(const struct vprep_io *io, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *above = strndup(path, slash ? (size_t)(slash - path) : 0);
	_cleanup_free_ char *real = NULL;
	_cleanup_close_ int fd = -1;

	if (!above)
		return NULL;
	fd = openat(io->root[VPREP_SYS], *above ? above : ".",
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
	real = fd < 0 ? NULL : real_path(io, VPREP_SYS, above, fd);
	return real ? vprep_strf("%s/%s", real, slash ? slash + 1 : path) : NULL;
}

static void add_link(const struct vprep_io *io, const char *path, const char *target)
{
	char *real = real_name(io, path);

	if (real)
		set_content(io->access_log,
			    get_item(io->access_log, real, VPREP_ACCESS_LOG_LINK), target,
			    strlen(target));
}

/* Logs those links that are among the folders that lead to @path. */
static void add_links_on_way(const struct vprep_io *io, const char *path)
{
	const char *p;

	for (p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		char *way = strndup(path, (size_t)(p - path)), target[4096];
		void **place =
			way ? tsearch(way, &io->access_log->ways, compare_ways) : NULL;
		ssize_t n;

		if (!place || *place != way) {
			io->access_log->failed |= !place;
			free(way);
			continue;
		}
		n = readlinkat(io->root[VPREP_SYS], way, target, sizeof(target) - 1);
		if (n > 0) {
			target[n] = '\0';
			add_link(io, way, target);
		}
	}
}

/* The item for what was read at @path. NULL: it is not to be logged. */
static struct vprep_access_log_item *begin(const struct vprep_io *io,
					   enum vprep_root root, const char *path, int fd,
					   enum vprep_access_log_kind kind)
{
	char *real;

	if (!is_wanted(root, path))
		return NULL;
	if (root == VPREP_SYS)
		add_links_on_way(io, path);
	real = real_path(io, root, path, fd);
	return real ? get_item(io->access_log, real, kind) : NULL;
}

void vprep_access_log_file(const struct vprep_io *io, enum vprep_root root,
			   const char *path, int fd, const char *text)
{
	set_content(io->access_log, begin(io, root, path, fd, VPREP_ACCESS_LOG_FILE),
		    text, strlen(text));
}

void vprep_access_log_binary(const struct vprep_io *io, enum vprep_root root,
			     const char *path, int fd)
{
	const char *slash = strrchr(path, '/');
	bool is_vital = slash && streq(slash + 1, "vpd");
	size_t max = is_vital ? VITAL_MAX : CONFIG_MAX;
	_cleanup_free_ char *bytes = malloc(max);
	struct vprep_access_log_item *item;
	struct stat st;
	ssize_t n;

	if (root != VPREP_SYS || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	n = bytes ? pread(fd, bytes, max, 0) : -1;
	item = n > 0 ? begin(io, root, path, fd, VPREP_ACCESS_LOG_FILE) : NULL;
	if (!item)
		return;
	item->is_binary = true;
	item->size = is_vital ? n : st.st_size;
	set_content(io->access_log, item, bytes, (size_t)n);
}

void vprep_access_log_link(const struct vprep_io *io, enum vprep_root root,
			   const char *path, const char *target)
{
	if (root != VPREP_SYS)
		return;
	add_links_on_way(io, path);
	add_link(io, path, target);
}

void vprep_access_log_folder(const struct vprep_io *io, enum vprep_root root,
			     const char *path, int fd, char *const *names)
{
	const struct vprep_access_log_item *item =
		root == VPREP_SYS ? begin(io, root, path, fd, VPREP_ACCESS_LOG_FOLDER)
				  : NULL;
	char target[4096];
	struct stat st;
	size_t i;

	for (i = 0; item && names[i]; i++) {
		ssize_t n = readlinkat(fd, names[i], target, sizeof(target) - 1);
		bool is_link = n > 0;

		/* files only matter when they are read */
		if (!is_link && (fstatat(fd, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
				 !S_ISDIR(st.st_mode)))
			continue;
		target[is_link ? n : 0] = '\0';
		set_content(io->access_log,
			    get_item(io->access_log,
				     vprep_strf("%s/%s", item->path, names[i]),
				     is_link ? VPREP_ACCESS_LOG_LINK
					     : VPREP_ACCESS_LOG_FOLDER),
			    target, strlen(target));
	}
}

void vprep_access_log_exists(const struct vprep_io *io, enum vprep_root root,
			     const char *path, int fd)
{
	struct stat st;

	if (root == VPREP_SYS && fstat(fd, &st) == 0)
		begin(io, root, path, fd,
		      S_ISDIR(st.st_mode) ? VPREP_ACCESS_LOG_FOLDER
					  : VPREP_ACCESS_LOG_FILE);
}

/* twalk() has no argument for its callback; twalk_r() came with glibc 2.30. */
static void collect(const void *node, VISIT visit, void *data)
{
	struct vprep_access_log *log = data;

	if (visit == postorder || visit == leaf)
		log->items[log->n++] =
			**(const struct vprep_access_log_item *const *)node;
}

int vprep_access_log_items(struct vprep_access_log *log,
			   const struct vprep_access_log_item **ret, size_t *ret_n)
{
	free(log->items);
	log->items = calloc(log->n + 1, sizeof(*log->items));
	if (!log->items || log->failed)
		return -ENOMEM;
	log->n = 0;
	twalk_r(log->tree, collect, log);
	*ret = log->items;
	*ret_n = log->n;
	return 0;
}
