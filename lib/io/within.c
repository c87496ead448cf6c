// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/within.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/cleanup.h"
#include "common/str.h"

#define ATTEMPTS 1000
#define DEPTH_MAX 64
#define LINKS_MAX 40 /* as in the kernel */

static int call_openat2(int base, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, base, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The kernel looks at the size first: EINVAL is its answer, EPERM that of a seccomp
 * filter which was made before the call was. */
static bool is_forbidden(void)
{
	return syscall(SYS_openat2, -1, "", NULL, 0) < 0 && errno == EPERM;
}

/* --- the same, one component after another --- */

struct walk {
	int base;
	bool in_root; /* else beneath */
	int flags;
	int folders[DEPTH_MAX]; /* below the base, opened on the way */
	size_t n;
	char *rest; /* what is still to be resolved */
	unsigned n_links;
};

static void walk_done(struct walk *w)
{
	while (w->n > 0)
		close(w->folders[--w->n]);
	free(w->rest);
}

static int here(const struct walk *w)
{
	return w->n > 0 ? w->folders[w->n - 1] : w->base;
}

static int go_up(struct walk *w)
{
	if (w->n > 0)
		close(w->folders[--w->n]);
	else if (!w->in_root)
		return -EXDEV;
	return 0;
}

static int go_down(struct walk *w, int *fd)
{
	if (w->n == DEPTH_MAX)
		return -ENAMETOOLONG;
	w->folders[w->n++] = TAKE_FD(*fd);
	return 0;
}

/* An absolute path begins at the base again, where that is allowed. */
static int begin_path(struct walk *w)
{
	if (*w->rest != '/')
		return 0;
	if (!w->in_root)
		return -EXDEV;
	while (w->n > 0)
		close(w->folders[--w->n]);
	return 0;
}

/* The target of the link takes its place. */
static int follow(struct walk *w, int link, const char *rest)
{
	char target[4096], *longer;
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	if (++w->n_links > LINKS_MAX)
		return -ELOOP;
	target[n] = '\0';
	longer = *rest ? vprep_strf("%s/%s", target, rest) : strdup(target);
	if (!longer)
		return -ENOMEM;
	free(w->rest);
	w->rest = longer;
	return begin_path(w);
}

/* Nothing is followed here: what has become a link meanwhile is an error. */
static int open_last(const struct walk *w, const char *name)
{
	int fd = openat(here(w), name, w->flags | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Takes the first component off the rest. *@ret_fd: the end is reached, and opened. */
static int take_component(struct walk *w, int *ret_fd)
{
	size_t skipped = strspn(w->rest, "/"), len = strcspn(w->rest + skipped, "/");
	const char *rest = w->rest + skipped + len;
	bool is_last = rest[strspn(rest, "/")] == '\0';
	_cleanup_free_ char *name = strndup(w->rest + skipped, len);
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = 0;

	if (!name)
		return -ENOMEM;
	if (streq(name, ".."))
		r = go_up(w);
	if (r < 0)
		return r;
	if (streq(name, "") || streq(name, ".") || streq(name, "..")) {
		memmove(w->rest, rest, strlen(rest) + 1);
		*ret_fd = is_last ? open_last(w, ".") : -1;
		return *ret_fd < 0 && is_last ? *ret_fd : 0;
	}
	fd = openat(here(w), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && !(is_last && (w->flags & O_NOFOLLOW)))
		return follow(w, fd, rest + strspn(rest, "/"));
	if (is_last) {
		*ret_fd = open_last(w, name);
		return *ret_fd < 0 ? *ret_fd : 0;
	}
	memmove(w->rest, rest, strlen(rest) + 1);
	return go_down(w, &fd);
}

static int walk(int base, const char *path, int flags, uint64_t resolve)
{
	_cleanup_(walk_done) struct walk w = {
		.base = base,
		.flags = flags,
		.in_root = resolve == RESOLVE_IN_ROOT,
		.rest = strdup(path),
	};
	int fd = -1;
	int r = w.rest ? begin_path(&w) : -ENOMEM;

	while (r == 0 && fd < 0)
		r = take_component(&w, &fd);
	return r < 0 ? r : fd;
}

int vprep_open_within(int base, const char *path, int flags, uint64_t resolve)
{
	unsigned i;
	int fd = -EAGAIN;

	for (i = 0; i < ATTEMPTS && fd == -EAGAIN; i++)
		fd = call_openat2(base, path, flags, resolve);
	if (fd == -ENOSYS || (fd == -EPERM && is_forbidden()))
		fd = walk(base, path, flags, resolve);
	return fd;
}

int vprep_open_captured(int base, const char *path, int flags, uint64_t resolve)
{
	_cleanup_close_ int fd = -1;
	char self[sizeof("/proc/self/fd/") + 12];
	struct stat st;
	int opened;

	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EROFS;
	if (flags & (O_PATH | O_DIRECTORY))
		return vprep_open_within(base, path, flags, resolve);
	/* To open a device can do things: a watchdog starts to count. */
	fd = vprep_open_within(base, path, O_PATH | (flags & O_NOFOLLOW), resolve);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode)   ? -EISDIR
		       : S_ISLNK(st.st_mode) ? -ELOOP
					     : -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	opened = open(self, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
	return opened < 0 ? -errno : opened;
}
