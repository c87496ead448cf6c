// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A virtio device by which a folder of the machine's own host is mounted (9p, virtiofs).
 * Its driver waits in the kernel until the last mount is gone, for good: not even
 * poweroff comes to an end then (p9_virtio_remove()). So it is never taken, not by force
 * either. Mounts in other namespaces count as well; nothing else tells of them.
 */
#include <errno.h>
#include <limits.h>

#include "common/str.h"
#include "host/process-name.h"
#include "in-use/mounts.h"

#define VIRTIO "bus/virtio/devices"
#define VIRTIOFS "fs/virtiofs"

struct shared_mount {
	const char *type;
	const char *tag;
	const char *point;
	pid_t pid; /* of a process that sees it; 0: we do */
};

struct vprep_shared_mounts {
	size_t n;
	struct shared_mount *items;
	pid_t pid; /* whose table is being read */
};

/* In the pool. NULL: the kernel does not tell the tag. */
static int read_9p_tag(struct vprep_in_use *scan, const char *virtio, const char **ret)
{
	return vprep_in_use_read(scan, VPREP_SYS, ret, VIRTIO "/%s/mount_tag", virtio);
}

/* Since Linux 6.9. */
static int read_virtiofs_tag(struct vprep_in_use *scan, const char *virtio,
			     const char **ret)
{
	const char *device;
	char **names;
	size_t i;
	int r;

	*ret = NULL;
	r = vprep_in_use_list(scan, &names, VIRTIOFS);
	for (i = 0; r == 0 && names[i]; i++) {
		r = vprep_in_use_link(scan, VPREP_SYS, &device, VIRTIOFS "/%s/device",
				      names[i]);
		if (device && streq(device, virtio))
			return vprep_in_use_read(scan, VPREP_SYS, ret, VIRTIOFS "/%s/tag",
						 names[i]);
	}
	return r;
}

static const struct shared_kind {
	const char *driver;
	const char *type; /* of the file system */
	int (*read_tag)(struct vprep_in_use *scan, const char *virtio, const char **ret);
} shared_kinds[] = {
	{ "9pnet_virtio", "9p", read_9p_tag },
	{ "virtiofs", "virtiofs", read_virtiofs_tag },
};

static const struct shared_kind *kind_of_type(const char *type)
{
	size_t i;

	for (i = 0; type && i < VPREP_ARRAY_SIZE(shared_kinds); i++)
		if (streq(shared_kinds[i].type, type))
			return &shared_kinds[i];
	return NULL;
}

/* 9p has other transports, too: their source is no tag. */
static bool is_by_virtio(const char *options)
{
	const char *transport = options ? strstr(options, "trans=") : NULL;

	return !transport || strncmp(transport, "trans=virtio", 12) == 0;
}

static int add_line(struct vprep_in_use *scan, void *data, char *text)
{
	struct vprep_shared_mounts *shared = data;
	const struct shared_kind *kind;
	struct vprep_mount_line line;

	if (!vprep_mount_line_parse(text, &line))
		return 0;
	kind = kind_of_type(line.type);
	if (!kind || !line.source || !is_by_virtio(line.options))
		return 0;
	shared->items = vprep_pool_grow(&scan->pool, shared->items, shared->n,
					sizeof(*shared->items));
	if (!shared->items)
		return -ENOMEM;
	shared->items[shared->n++] = (struct shared_mount){
		.type = kind->type,
		.tag = vprep_pool_dup(&scan->pool, line.source),
		.point = vprep_pool_dup(&scan->pool, line.point),
		.pid = shared->pid,
	};
	return scan->pool.failed ? -ENOMEM : 0;
}

/* The table of a process whose mount namespace was not seen yet. */
static int load_of_process(struct vprep_in_use *scan, const char *name, char ***seen,
			   struct vprep_shared_mounts *shared)
{
	_cleanup_free_ char *identity = NULL;
	_cleanup_free_ char *path = NULL;
	uint64_t pid;
	int r;

	if (vprep_parse_u64(name, 10, INT_MAX, &pid) < 0 ||
	    vprep_io_readlink(scan->io, VPREP_PROC, &identity, "%s/ns/mnt", name) < 0 ||
	    vprep_strv_has(*seen, identity))
		return 0;
	path = vprep_strf("%s/mountinfo", name);
	if (!path || vprep_strv_add(seen, identity) < 0)
		return -ENOMEM;
	shared->pid = (pid_t)pid;
	r = vprep_in_use_table(scan, path, add_line, shared);
	return r == -ENOMEM ? r : 0; /* else it has ended, or is not ours to look at */
}

/* Our own namespace is read first. */
static int load_others(struct vprep_in_use *scan, struct vprep_shared_mounts *shared)
{
	_cleanup_strv_ char **names = NULL, **seen = NULL;
	_cleanup_free_ char *own = NULL;
	size_t i;
	int r;

	if (vprep_io_readlink(scan->io, VPREP_PROC, &own, "self/ns/mnt") == 0 &&
	    vprep_strv_add(&seen, own) < 0)
		return -ENOMEM;
	r = vprep_io_list(scan->io, VPREP_PROC, &names, ".");
	for (i = 0; r == 0 && names[i]; i++)
		r = load_of_process(scan, names[i], &seen, shared);
	return vprep_in_use_ignore_absent(scan, r);
}

static int load(struct vprep_in_use *scan)
{
	struct vprep_shared_mounts *shared;
	int r;

	if (scan->shared)
		return 0;
	shared = vprep_pool_alloc(&scan->pool, 1, sizeof(*shared));
	if (!shared)
		return -ENOMEM;
	r = vprep_in_use_table(scan, "self/mountinfo", add_line, shared);
	if (r == 0)
		r = load_others(scan, shared);
	if (r == 0)
		scan->shared = shared;
	return r;
}

static int add_elsewhere(struct vprep_in_use *scan, const struct shared_mount *mount,
			 struct vprep_uses *uses)
{
	_cleanup_free_ char *word = vprep_shell_word(mount->point);
	_cleanup_free_ char *who = NULL;
	int r = vprep_process_describe(scan->io, mount->pid, &who);

	if (r < 0)
		return r;
	return vprep_uses_add(
		uses, true,
		vprep_strf("%s '%s' is mounted at %s in the mount namespace of %s",
			   mount->type, mount->tag, mount->point, who),
		word ? vprep_strf("nsenter -t %d -m umount %s", (int)mount->pid, word)
		     : NULL);
}

static int add_use(struct vprep_in_use *scan, const struct shared_mount *mount,
		   struct vprep_uses *uses)
{
	_cleanup_free_ char *word = vprep_shell_word(mount->point);

	if (mount->pid != 0)
		return add_elsewhere(scan, mount, uses);
	return vprep_uses_add(uses, true,
			      vprep_strf("%s '%s' is mounted at %s", mount->type,
					 mount->tag, mount->point),
			      word ? vprep_strf("umount %s", word) : NULL);
}

/* The first mount of it. Without a tag that is known it may be any. */
static int check(struct vprep_in_use *scan, const struct shared_kind *kind,
		 const char *virtio, struct vprep_uses *uses)
{
	const char *tag;
	size_t i;
	int r;

	r = kind->read_tag(scan, virtio, &tag);
	if (r == 0)
		r = load(scan);
	for (i = 0; r == 0 && i < scan->shared->n; i++) {
		const struct shared_mount *mount = &scan->shared->items[i];

		if (streq(mount->type, kind->type) && (!tag || streq(mount->tag, tag)))
			return add_use(scan, mount, uses);
	}
	return r;
}

static int find_shared_folder(struct vprep_in_use *scan, const struct vprep_place *place,
			      struct vprep_uses *uses)
{
	const char *virtio, *driver;
	size_t at = 0, k;
	int r;

	while ((r = vprep_in_use_next_driven(scan, VIRTIO, place, &at, &virtio,
					     &driver)) > 0) {
		for (k = 0; r >= 0 && k < VPREP_ARRAY_SIZE(shared_kinds); k++)
			if (streq(shared_kinds[k].driver, driver))
				r = check(scan, &shared_kinds[k], virtio, uses);
		if (r < 0)
			break;
	}
	return r;
}

const struct vprep_in_use_kind vprep_in_use_shared_folder = {
	.is_below = true,
	.find_at = find_shared_folder,
};
