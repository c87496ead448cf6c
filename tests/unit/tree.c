// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#define MAX_OPEN 16

/* nftw() has no argument for its callback. */
static FILE *listing;

static int list_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char content[4096];
	ssize_t n = 0;
	int fd;

	(void)ftw;
	if (type == FTW_SL) {
		n = readlink(path, content, sizeof(content));
	} else if (type == FTW_F) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, content, sizeof(content));
		close(fd);
	}
	fprintf(listing, "%s %o %lld %.*s\n", path, st->st_mode,
		(long long)st->st_mtim.tv_nsec, n > 0 ? (int)n : 0, content);
	return 0;
}

static char *snapshot(const struct tree *tree)
{
	char *text = NULL;
	size_t len = 0;

	listing = open_memstream(&text, &len);
	assert_non_null(listing);
	assert_int_equal(nftw(tree->dir, list_one, MAX_OPEN, FTW_PHYS), 0);
	fclose(listing);
	return text;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

struct tree *tree_new(void)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	tree->n_fds = test_count_fds();
	strcpy(tree->dir, "/tmp/vprep-tree-XXXXXX");
	assert_non_null(mkdtemp(tree->dir));
	tree_dir(tree, "sys");
	tree_dir(tree, "proc");
	tree_dir(tree, "dev");
	tree_dir(tree, "run");
	return tree;
}

void tree_freeze(struct tree *tree)
{
	tree_thaw(tree);
	tree->frozen = snapshot(tree);
}

void tree_thaw(struct tree *tree)
{
	char *now;

	if (!tree->frozen)
		return;
	now = snapshot(tree);
	assert_string_equal(tree->frozen, now);
	free(now);
	free(tree->frozen);
	tree->frozen = NULL;
}

void tree_free(struct tree *tree)
{
	tree_thaw(tree);
	assert_int_equal(nftw(tree->dir, remove_one, MAX_OPEN, FTW_PHYS | FTW_DEPTH), 0);
	assert_int_equal(test_count_fds(), tree->n_fds);
	free(tree);
}

static char *path_in(const struct tree *tree, const char *format, va_list ap)
{
	char *path, *full;

	assert_true(vasprintf(&path, format, ap) >= 0);
	assert_true(asprintf(&full, "%s/%s", tree->dir, path) >= 0);
	free(path);
	return full;
}

static void make_parents(char *path)
{
	size_t i;

	for (i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		path[i] = '/';
	}
}

#define PATH_IN(full, tree, format)                                                      \
	char *full;                                                                      \
	do {                                                                             \
		va_list _ap;                                                             \
		va_start(_ap, format);                                                   \
		full = path_in(tree, format, _ap);                                       \
		va_end(_ap);                                                             \
		make_parents(full);                                                      \
	} while (0)

void tree_dir(struct tree *tree, const char *format, ...)
{
	PATH_IN(full, tree, format);
	if (mkdir(full, 0755) < 0)
		assert_int_equal(errno, EEXIST);
	free(full);
}

static void write_file(const char *full, const void *content, size_t len)
{
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), (ssize_t)len);
	close(fd);
}

void tree_file(struct tree *tree, const char *content, const char *format, ...)
{
	PATH_IN(full, tree, format);
	write_file(full, content, strlen(content));
	free(full);
}

void tree_bytes(struct tree *tree, const void *content, size_t len, const char *format,
		...)
{
	PATH_IN(full, tree, format);
	write_file(full, content, len);
	free(full);
}

void tree_link(struct tree *tree, const char *target, const char *format, ...)
{
	PATH_IN(full, tree, format);
	assert_int_equal(symlink(target, full), 0);
	free(full);
}

void tree_remove(struct tree *tree, const char *path)
{
	char *full;

	assert_true(asprintf(&full, "%s/%s", tree->dir, path) >= 0);
	assert_int_equal(nftw(full, remove_one, MAX_OPEN, FTW_PHYS | FTW_DEPTH), 0);
	free(full);
}

void tree_device(struct tree *tree, const char *folder, const char *name,
		 const char *devices)
{
	const char *p, *up = "../";
	char target[1024];
	int n = 0;

	for (p = folder; p; p = strchr(p + 1, '/'))
		n += snprintf(target + n, sizeof(target) - (size_t)n, "%s", up);
	snprintf(target + n, sizeof(target) - (size_t)n, "%s/%s", devices, name);
	tree_dir(tree, "sys/%s/%s", devices, name);
	tree_link(tree, target, "sys/%s/%s", folder, name);
}
