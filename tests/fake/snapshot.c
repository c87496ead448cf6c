// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole tree as sorted lines, for comparing before and after. */
#include "fake/internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Zeroes at the end (PCI configuration space) are only counted. */
static void add_escaped(struct vprep_buf *to, const char *text, size_t len)
{
	size_t i, shown = len;

	while (shown > 0 && text[shown - 1] == '\0')
		shown--;
	for (i = 0; i < shown; i++)
		if (text[i] == '\n')
			vprep_buf_add(to, "\\n");
		else if (text[i] >= 0x20 && text[i] < 0x7f)
			vprep_buf_add_n(to, &text[i], 1);
		else
			vprep_buf_addf(to, "\\x%02x", (unsigned char)text[i]);
	if (shown < len)
		vprep_buf_addf(to, "\\0*%zu", len - shown);
}

static void add_content(struct fake *f, const char *path, struct vprep_buf *to)
{
	_cleanup_close_ int fd = openat(f->dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char chunk[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
		add_escaped(to, chunk, (size_t)n);
}

static void add_entry(struct fake *f, const char *path, struct vprep_buf *to)
{
	char target[4096];
	struct stat st;
	ssize_t n;

	if (fstatat(f->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	vprep_buf_addf(to, "%s ", path);
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(f->dir, path, target, sizeof(target));
		must(n >= 0);
		vprep_buf_addf(to, "-> %.*s\n", (int)n, target);
		return;
	}
	vprep_buf_addf(to, "%o", st.st_mode & 07777);
	if (strncmp(path, "dev/", 4) == 0)
		vprep_buf_addf(to, " %u:%u", st.st_uid, st.st_gid);
	if (S_ISREG(st.st_mode)) {
		vprep_buf_add(to, " ");
		add_content(f, path, to);
	}
	vprep_buf_add(to, S_ISDIR(st.st_mode) ? " /\n" : "\n");
}

static void add_tree(struct fake *f, const char *path, struct vprep_buf *to)
{
	_cleanup_free_ char *is_link = fake_link_name(f, "%s", path);
	_cleanup_strv_ char **names = NULL;
	size_t i;

	add_entry(f, path, to);
	if (is_link)
		return;
	names = fake_list(f, "%s", path);
	for (i = 0; names[i]; i++) {
		_cleanup_free_ char *child = vprep_strf("%s/%s", path, names[i]);

		add_tree(f, child, to);
	}
}

static char **split(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char **lines = calloc(2, sizeof(char *));
	char *line, *at = NULL;

	for (line = strtok_r(copy, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		must(vprep_strv_add(&lines, line) == 0);
	vprep_strv_sort(lines);
	return lines;
}

char *fake_snapshot(struct fake *f)
{
	_cleanup_buf_ struct vprep_buf raw = { 0 }, sorted = { 0 };
	_cleanup_close_ int lock = fake_lock(f);
	_cleanup_strv_ char **lines = NULL;
	size_t i;
	char *text;

	add_tree(f, "sys", &raw);
	add_tree(f, "dev", &raw);
	add_tree(f, "run", &raw);
	add_tree(f, ".fake/links", &raw);
	lines = split(raw.data);
	for (i = 0; lines[i]; i++)
		vprep_buf_addf(&sorted, "%s\n", lines[i]);
	must(vprep_buf_take(&sorted, &text) == 0);
	return text;
}

char *fake_diff(const char *before, const char *after)
{
	_cleanup_strv_ char **a = split(before);
	_cleanup_strv_ char **b = split(after);
	_cleanup_buf_ struct vprep_buf diff = { 0 };
	size_t i = 0, j = 0;
	char *text;

	while (a[i] || b[j]) {
		int order = !a[i] ? 1 : !b[j] ? -1 : strcmp(a[i], b[j]);

		if (order < 0)
			vprep_buf_addf(&diff, "-%s\n", a[i]);
		else if (order > 0)
			vprep_buf_addf(&diff, "+%s\n", b[j]);
		i += order <= 0;
		j += order >= 0;
	}
	if (diff.len == 0)
		return NULL;
	must(vprep_buf_take(&diff, &text) == 0);
	return text;
}
