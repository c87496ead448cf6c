// SPDX-License-Identifier: GPL-2.0-or-later
#include "in-use/mounts.h"

#include <errno.h>

#include "common/str.h"
#include "in-use/internal.h"

/* Our own view may be a service's with a private mount namespace: the first process's
 * counts as well. */
static const char *const mount_tables[] = { "self/mountinfo", "1/mountinfo" };

int vprep_block_number(const char *text, uint64_t *ret)
{
	const char *colon = strchr(text, ':');
	uint64_t major, minor;

	if (!colon ||
	    vprep_parse_u64_n(text, (size_t)(colon - text), 10, 0xfff, &major) < 0 ||
	    vprep_parse_u64(colon + 1, 10, 0xfffff, &minor) < 0)
		return -EINVAL;
	*ret = 1ull << 63 | major << 32 | minor;
	return 0;
}

/* get_unnamed_dev() gives file systems without one device of their own major 0. */
static bool is_anonymous(uint64_t number)
{
	return (number >> 32 & 0xfff) == 0;
}

/* The octal escapes of the kernel's mangle_path(), in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		uint64_t c = 0;
		size_t i;

		for (i = 1; *s == '\\' && i < 4 && s[i] >= '0' && s[i] <= '7'; i++)
			c = c * 8 + (uint64_t)(s[i] - '0');
		if (i == 4 && c > 0 && c <= 0xff) {
			*to++ = (char)c;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

int vprep_block_of_node(const struct vprep_io *io, const char *path, char **ret)
{
	char *name = NULL, *slash;
	int r;

	*ret = NULL;
	path = vprep_io_below_dev(path);
	if (!path)
		return 0;
	r = vprep_io_link_name(io, VPREP_DEV, &name, "%s", path);
	if (r < 0 && !vprep_in_use_is_absent(r))
		return r;
	if (r < 0)
		name = strdup(path);
	if (!name)
		return -ENOMEM;
	/* device_add() cannot have a '/' in a name, and takes '!' for it. */
	while ((slash = strchr(name, '/')))
		*slash = '!';
	*ret = name;
	return 0;
}

static void mount_done(struct vprep_mount *mount)
{
	free(mount->block);
	free(mount->point);
	free(mount->swap_file);
}

void vprep_mounts_done(struct vprep_mounts *mounts)
{
	while (mounts->n > 0)
		mount_done(&mounts->items[--mounts->n]);
	free(mounts->items);
	while (mounts->n_pools > 0)
		vprep_strv_free(mounts->pools[--mounts->n_pools]);
	free(mounts->pools);
	vprep_strv_free(mounts->swap_blocks);
	*mounts = (struct vprep_mounts){ 0 };
}

static int mounts_add(struct vprep_mounts *mounts, const struct vprep_mount *mount)
{
	struct vprep_mount *grown = mounts->items;

	if ((mounts->n & (mounts->n + 1)) == 0)
		grown = reallocarray(grown, 2 * (mounts->n + 1), sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	mounts->items = grown;
	mounts->items[mounts->n++] = *mount;
	return 0;
}

/* proc_pid_mountinfo(5): id parent MAJ:MIN root POINT options [tag...] - TYPE SOURCE */
static int add_mount_line(const struct vprep_io *io, struct vprep_mounts *mounts,
			  char *line)
{
	char *fields[5], *field, *type, *source;
	struct vprep_mount mount = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	if (!fields[4] || vprep_block_number(fields[2], &mount.number) < 0)
		return 0;
	while ((field = vprep_next_field(&line)) && !streq(field, "-"))
		;
	type = vprep_next_field(&line);
	source = vprep_next_field(&line);
	unescape(fields[4]);
	if (type && streq(fields[4], "/") &&
	    (streq(type, "zfs") || streq(type, "bcachefs")))
		mounts->root_is_opaque = true;
	if (source && is_anonymous(mount.number)) {
		unescape(source);
		r = vprep_block_of_node(io, source, &mount.block);
	}
	/* One without any device (proc, tmpfs, overlay) stays: a swap file's name may
	 * lie below it. */
	if (r == 0)
		r = vprep_str_replace(&mount.point, fields[4]);
	if (r == 0)
		r = mounts_add(mounts, &mount);
	if (r < 0)
		mount_done(&mount);
	return r;
}

static int compare_mounts(const void *a, const void *b)
{
	const struct vprep_mount *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->point, y->point);
}

/* Both tables name most mounts, and the messages count them. */
static void drop_doubles(struct vprep_mounts *mounts)
{
	size_t i, n = 0;

	if (mounts->n < 2)
		return;
	qsort(mounts->items, mounts->n, sizeof(*mounts->items), compare_mounts);
	for (i = 1; i < mounts->n; i++) {
		struct vprep_mount *mount = &mounts->items[i];

		if (compare_mounts(mount, &mounts->items[n]) == 0)
			mount_done(mount);
		else
			mounts->items[++n] = *mount;
	}
	mounts->n = n + 1;
}

static int load_mountinfo(const struct vprep_io *io, struct vprep_mounts *mounts)
{
	size_t i;
	int r;

	for (i = 0; i < VPREP_ARRAY_SIZE(mount_tables); i++) {
		_cleanup_free_ char *text = NULL;
		char *rest, *line;

		r = vprep_io_read_table(io, VPREP_PROC, &text, "%s", mount_tables[i]);
		if (r < 0 && !vprep_in_use_is_absent(r))
			return r;
		for (rest = text; (line = strsep(&rest, "\n"));) {
			r = add_mount_line(io, mounts, line);
			if (r < 0)
				return r;
		}
	}
	drop_doubles(mounts);
	return 0;
}

static bool is_below(const char *path, const char *point)
{
	size_t len = strlen(point);

	if (streq(point, "/"))
		return path[0] == '/';
	return strncmp(path, point, len) == 0 && path[len] == '/';
}

/* The file system that holds a swap file is the one with the longest name above it. */
static int add_swap_file(struct vprep_mounts *mounts, const char *path)
{
	struct vprep_mount *best = NULL;
	size_t i;

	for (i = 0; i < mounts->n; i++) {
		struct vprep_mount *mount = &mounts->items[i];

		if (is_below(path, mount->point) &&
		    (!best || strlen(mount->point) > strlen(best->point)))
			best = mount;
	}
	return best ? vprep_str_replace(&best->swap_file, path) : 0;
}

static int add_swap_line(const struct vprep_io *io, struct vprep_mounts *mounts,
			 char *line)
{
	static const char deleted[] = " (deleted)";
	_cleanup_free_ char *block = NULL;
	char *path = vprep_next_field(&line);
	size_t len, cut = sizeof(deleted) - 1;
	int r;

	if (!path || path[0] != '/') /* the header */
		return 0;
	unescape(path);
	len = strlen(path);
	if (len > cut && streq(path + len - cut, deleted))
		path[len - cut] = '\0';
	r = vprep_block_of_node(io, path, &block);
	if (r < 0)
		return r;
	return block ? vprep_strv_add(&mounts->swap_blocks, block)
		     : add_swap_file(mounts, path);
}

static int load_swaps(const struct vprep_io *io, struct vprep_mounts *mounts)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r;

	r = vprep_io_read_table(io, VPREP_PROC, &text, "swaps");
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		r = add_swap_line(io, mounts, line);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A mounted btrfs names one of its devices in mountinfo, and all in its folder. */
static int load_pools(const struct vprep_io *io, struct vprep_mounts *mounts)
{
	_cleanup_strv_ char **ids = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_SYS, &ids, "fs/btrfs");
	if (r < 0)
		return vprep_in_use_is_absent(r) ? 0 : r;
	mounts->pools = calloc(vprep_strv_len(ids) + 1, sizeof(*mounts->pools));
	if (!mounts->pools)
		return -ENOMEM;
	for (i = 0; ids[i]; i++) {
		r = vprep_io_list(io, VPREP_SYS, &mounts->pools[mounts->n_pools],
				  "fs/btrfs/%s/devices", ids[i]);
		if (r < 0 && !vprep_in_use_is_absent(r))
			return r;
		mounts->n_pools += r == 0;
	}
	return 0;
}

int vprep_mounts_load(const struct vprep_io *io, struct vprep_mounts *mounts)
{
	struct vprep_mounts read = { .loaded = true };
	int r;

	if (mounts->loaded)
		return 0;
	r = load_mountinfo(io, &read);
	if (r == 0)
		r = load_swaps(io, &read);
	if (r == 0)
		r = load_pools(io, &read);
	if (r < 0) {
		vprep_mounts_done(&read);
		return r;
	}
	*mounts = read;
	return 0;
}

static bool is_on(const struct vprep_mounts *mounts, const struct vprep_mount *mount,
		  const char *block, uint64_t number)
{
	size_t i;

	if (number && mount->number == number)
		return true;
	if (!mount->block)
		return false;
	if (streq(mount->block, block))
		return true;
	for (i = 0; i < mounts->n_pools; i++)
		if (vprep_strv_has(mounts->pools[i], mount->block) &&
		    vprep_strv_has(mounts->pools[i], block))
			return true;
	return false;
}

void vprep_mounts_of(const struct vprep_mounts *mounts, const char *block,
		     uint64_t number, struct vprep_mounted *ret)
{
	size_t i;

	*ret = (struct vprep_mounted){ 0 };
	for (i = 0; i < mounts->n; i++) {
		const struct vprep_mount *mount = &mounts->items[i];
		bool is_root = streq(mount->point, "/");

		if (!is_on(mounts, mount, block, number))
			continue;
		if (!ret->point || is_root)
			ret->point = mount->point;
		if (mount->swap_file)
			ret->swap_file = mount->swap_file;
		ret->is_root |= is_root;
		ret->n++;
	}
}
