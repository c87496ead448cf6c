// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of mounts and of swap, and which block devices they are about. */
#include "in-use/mounts.h"

#include <errno.h>

#include "common/str.h"

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

int vprep_block_of_node(struct vprep_in_use *scan, const char *path, char **ret)
{
	const char *target;
	char *slash;
	int r;

	*ret = NULL;
	path = vprep_io_below_dev(path);
	if (!path)
		return 0;
	r = vprep_in_use_link(scan, VPREP_DEV, &target, "%s", path);
	if (r < 0)
		return r;
	*ret = vprep_pool_dup(&scan->pool, target ? target : path);
	if (!*ret)
		return -ENOMEM;
	/* device_add() cannot have a '/' in a name, and takes '!' for it. */
	while ((slash = strchr(*ret, '/')))
		*slash = '!';
	return 0;
}

/* proc_pid_mountinfo(5): id parent MAJ:MIN root POINT options [tag...] - TYPE SOURCE
 * OPTIONS */
bool vprep_mount_line_parse(char *line, struct vprep_mount_line *ret)
{
	char *fields[5], *field;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(fields); i++)
		fields[i] = vprep_next_field(&line);
	if (!fields[4] || vprep_block_number(fields[2], &ret->number) < 0)
		return false;
	while ((field = vprep_next_field(&line)) && !streq(field, "-"))
		;
	ret->point = fields[4];
	ret->type = vprep_next_field(&line);
	ret->source = vprep_next_field(&line);
	ret->options = vprep_next_field(&line);
	unescape(ret->point);
	if (ret->source)
		unescape(ret->source);
	return true;
}

static int add_mount_line(struct vprep_in_use *scan, void *data, char *text)
{
	struct vprep_mounts *mounts = data;
	struct vprep_mount_line line;
	char *block = NULL;
	int r = 0;

	if (!vprep_mount_line_parse(text, &line))
		return 0;
	if (line.type && streq(line.point, "/") &&
	    (streq(line.type, "zfs") || streq(line.type, "bcachefs")))
		mounts->root_is_opaque = true;
	if (line.type && streq(line.point, "/") && streq(line.type, "overlay") &&
	    line.options)
		mounts->root_layers = vprep_pool_dup(&scan->pool, line.options);
	if (line.source && is_anonymous(line.number))
		r = vprep_block_of_node(scan, line.source, &block);
	mounts->items = vprep_pool_grow(&scan->pool, mounts->items, mounts->n,
					sizeof(*mounts->items));
	if (r < 0 || !mounts->items)
		return r < 0 ? r : -ENOMEM;
	/* One without any device (proc, tmpfs, overlay) stays: a swap file's name may
	 * lie below it. */
	mounts->items[mounts->n++] = (struct vprep_mount){
		.number = line.number,
		.block = block,
		.point = vprep_pool_dup(&scan->pool, line.point),
	};
	return scan->pool.failed ? -ENOMEM : 0;
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
	for (i = 1; i < mounts->n; i++)
		if (compare_mounts(&mounts->items[i], &mounts->items[n]) != 0)
			mounts->items[++n] = mounts->items[i];
	mounts->n = n + 1;
}

/* Also the point itself. */
static bool is_below(const char *path, const char *point)
{
	size_t len = strlen(point);

	if (streq(point, "/"))
		return path[0] == '/';
	return strncmp(path, point, len) == 0 && (path[len] == '/' || !path[len]);
}

/* The file system that a file is on has the longest name above it. NULL: none has. */
static struct vprep_mount *mount_of(struct vprep_mounts *mounts, const char *path)
{
	struct vprep_mount *best = NULL;
	size_t i;

	for (i = 0; i < mounts->n; i++) {
		struct vprep_mount *mount = &mounts->items[i];

		if (is_below(path, mount->point) &&
		    (!best || strlen(mount->point) > strlen(best->point)))
			best = mount;
	}
	return best;
}

static int add_swap_file(struct vprep_in_use *scan, struct vprep_mounts *mounts,
			 const char *path)
{
	struct vprep_mount *mount = mount_of(mounts, path);

	if (mount)
		mount->swap_file = vprep_pool_dup(&scan->pool, path);
	return mount && !mount->swap_file ? -ENOMEM : 0;
}

/* An image of /usr, as bootc and live systems have it, is a layer of an overlay; so is
 * where changes go: "ro,lowerdir=/a:/b,upperdir=/c/d,workdir=/c/w", "datadir+=/sysroot/x"
 * (Documentation/filesystems/overlayfs.rst). */
static void note_root_layers(struct vprep_mounts *mounts)
{
	char *rest = mounts->root_layers, *option, *layer;

	while (rest && (option = strsep(&rest, ","))) {
		char *layers = strchr(option, '=');

		for (layers = layers ? layers + 1 : NULL;
		     layers && (layer = strsep(&layers, ":"));) {
			struct vprep_mount *mount;

			unescape(layer);
			mount = mount_of(mounts, layer);
			if (mount)
				mount->has_root = true;
		}
	}
}

static int add_swap_line(struct vprep_in_use *scan, void *data, char *line)
{
	static const char deleted[] = " (deleted)";
	struct vprep_mounts *mounts = data;
	char *path = vprep_next_field(&line), *block;
	size_t len, cut = sizeof(deleted) - 1;
	int r;

	if (!path || path[0] != '/') /* the header */
		return 0;
	unescape(path);
	len = strlen(path);
	if (len > cut && streq(path + len - cut, deleted))
		path[len - cut] = '\0';
	r = vprep_block_of_node(scan, path, &block);
	if (r < 0)
		return r;
	if (!block)
		return add_swap_file(scan, mounts, path);
	mounts->swap_blocks =
		vprep_pool_grow(&scan->pool, mounts->swap_blocks, mounts->n_swap_blocks,
				sizeof(*mounts->swap_blocks));
	if (!mounts->swap_blocks)
		return -ENOMEM;
	mounts->swap_blocks[mounts->n_swap_blocks++] = block;
	return 0;
}

/* A mounted btrfs names one of its devices in mountinfo, and all in its folder. */
static int load_pools(struct vprep_in_use *scan, struct vprep_mounts *mounts)
{
	char **ids;
	int r;

	r = vprep_in_use_list(scan, &ids, "fs/btrfs");
	if (r < 0)
		return r;
	mounts->pools = vprep_pool_alloc(&scan->pool, vprep_strv_len(ids),
					 sizeof(*mounts->pools));
	for (; r == 0 && mounts->pools && ids[mounts->n_pools]; mounts->n_pools++)
		r = vprep_in_use_list(scan, &mounts->pools[mounts->n_pools],
				      "fs/btrfs/%s/devices", ids[mounts->n_pools]);
	return scan->pool.failed ? -ENOMEM : r;
}

/*
 * Our own view may be a service's with a mount namespace of its own: that of the first
 * process counts as well. A confined service (AppArmor, SELinux) may not read it, and
 * then goes by its own view.
 */
static int load_first_process(struct vprep_in_use *scan, struct vprep_mounts *mounts)
{
	int r = vprep_in_use_table(scan, "1/mountinfo", add_mount_line, mounts);

	return r == -EACCES || r == -EPERM ? 0 : r;
}

int vprep_mounts_load(struct vprep_in_use *scan)
{
	struct vprep_mounts *mounts;
	int r;

	if (scan->mounts)
		return 0;
	mounts = vprep_pool_alloc(&scan->pool, 1, sizeof(*mounts));
	if (!mounts)
		return -ENOMEM;
	r = vprep_in_use_table(scan, "self/mountinfo", add_mount_line, mounts);
	if (r == 0)
		r = load_first_process(scan, mounts);
	if (r == 0)
		drop_doubles(mounts);
	if (r == 0)
		r = vprep_in_use_table(scan, "swaps", add_swap_line, mounts);
	if (r == 0)
		r = load_pools(scan, mounts);
	if (r < 0)
		return r;
	note_root_layers(mounts);
	scan->mounts = mounts;
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
		ret->is_root |= is_root || mount->has_root;
		ret->n++;
	}
}
