// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * I1  Open nodes are found by what /proc/PID/fd leads to. No node is opened: that of a
 *     group opens only once, and a probe could keep a guest from starting.
 * I2  A process may end meanwhile, or be hidden from us: what cannot be read is left out.
 * I3  A node goes by the number of its device, not by its name: a container may have it
 *     under another one. Where numbers cannot be had (a captured tree), the name counts.
 */
#include "host/holders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "common/error.h"
#include "common/str.h"
#include "host/process-name.h"
#include "host/process.h"
#include "host/udev-data.h"

struct vprep_holder_name {
	struct vprep_io_node device;
	const char *node; /* NULL: the device has gone */
};

/* What everybody has open, and no hardware is behind: Documentation/admin-guide/
 * devices.txt. */
static const struct {
	unsigned first_major, last_major, last_minor;
} common[] = {
	{ 1, 1, UINT_MAX },	/* mem: null, zero, urandom */
	{ 4, 4, 63 },		/* virtual terminals */
	{ 5, 5, UINT_MAX },	/* tty, console, ptmx */
	{ 7, 7, UINT_MAX },	/* what the virtual terminals show */
	{ 136, 143, UINT_MAX }, /* pseudo-terminals */
};

void vprep_holders_done(struct vprep_holders *holders)
{
	vprep_pool_done(&holders->pool);
	*holders = (struct vprep_holders){ 0 };
}

int vprep_device_node(const struct vprep_io *io, const char *sysfs, char **ret)
{
	struct vprep_udev_data data = { .io = io, .path = sysfs };
	const char *name = vprep_udev_kernel(&data, "DEVNAME");
	int r;

	/* one without bus and class has no event, but a node all the same, by its name */
	r = name ? vprep_str_replace(ret, name)
		 : vprep_io_link_name(io, VPREP_SYS, ret, "%s", sysfs);
	vprep_udev_data_done(&data);
	return r;
}

/* The part below /dev of an open file's name; the mark of a removed node is cut off. */
static char *node_of_name(const struct vprep_io *io, const char *path)
{
	static const char deleted[] = " (deleted)";
	_cleanup_free_ char *target = NULL;
	const char *node;
	size_t len;

	if (vprep_io_readlink(io, VPREP_PROC, &target, "%s", path) < 0)
		return NULL;
	len = strlen(target);
	if (len >= sizeof(deleted) &&
	    streq(target + len - (sizeof(deleted) - 1), deleted))
		target[len - (sizeof(deleted) - 1)] = '\0';
	node = vprep_io_below_dev(target);
	return node ? strdup(node) : NULL;
}

bool vprep_node_is_common(const struct vprep_io_node *device)
{
	size_t i;

	for (i = 0; !device->is_block && i < VPREP_ARRAY_SIZE(common); i++)
		if (device->major >= common[i].first_major &&
		    device->major <= common[i].last_major &&
		    device->minor <= common[i].last_minor)
			return true;
	return false;
}

/* The name of a device that was not met before. Some drivers make nodes that sysfs does
 * not know (NVIDIA's): those go by the name of the open file. */
static int add_name(const struct vprep_io *io, const struct vprep_io_node *device,
		    const char *path, struct vprep_holders *holders)
{
	char sysfs[sizeof("dev/block/4294967295:4294967295")];
	struct vprep_holder_name *name;
	char *node = NULL;
	int r;

	snprintf(sysfs, sizeof(sysfs), "dev/%s/%u:%u",
		 device->is_block ? "block" : "char", device->major, device->minor);
	r = vprep_device_node(io, sysfs, &node);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		node = node_of_name(io, path);
	holders->names = vprep_pool_grow(&holders->pool, holders->names, holders->n_names,
					 sizeof(*holders->names));
	name = holders->names ? &holders->names[holders->n_names++] : NULL;
	if (name)
		*name = (struct vprep_holder_name){ *device, node };
	if (node && !vprep_pool_take(&holders->pool, node))
		return -ENOMEM;
	return name ? 0 : -ENOMEM;
}

static int node_by_number(const struct vprep_io *io, const char *path,
			  struct vprep_holders *holders, const char **ret)
{
	struct vprep_io_node device;
	size_t i;
	int r;

	r = io->ops->node_device(io, VPREP_PROC, path, &device);
	if (r < 0)
		return vprep_error_is_shortage(r) ? r : 0;
	if (vprep_node_is_common(&device))
		return 0;
	for (i = 0; i < holders->n_names; i++)
		if (holders->names[i].device.is_block == device.is_block &&
		    holders->names[i].device.major == device.major &&
		    holders->names[i].device.minor == device.minor)
			break;
	if (i == holders->n_names)
		r = add_name(io, &device, path, holders);
	if (r == 0)
		*ret = holders->names[i].node;
	return r;
}

/* The node that the file is open for, in the pool; NULL: none. */
static int node_of_file(const struct vprep_io *io, const char *path,
			struct vprep_holders *holders, const char **ret)
{
	char *node;

	*ret = NULL;
	if (io->live && io->ops && io->ops->node_device)
		return node_by_number(io, path, holders, ret);
	node = node_of_name(io, path);
	*ret = node ? vprep_pool_take(&holders->pool, node) : NULL;
	return holders->pool.failed ? -ENOMEM : 0;
}

static int add_holder(struct vprep_holders *holders, pid_t pid, const char *node)
{
	size_t i = holders->n;

	/* the nodes of one process stand together */
	while (i-- > 0 && holders->items[i].pid == pid)
		if (streq(holders->items[i].node, node))
			return 0;
	holders->items = vprep_pool_grow(&holders->pool, holders->items, holders->n,
					 sizeof(*holders->items));
	if (!holders->items)
		return -ENOMEM;
	holders->items[holders->n++] = (struct vprep_holder){ pid, node };
	return 0;
}

/* 0 when no file is open there; 1 when some are, or that is hidden from us. */
static int scan_files(const struct vprep_io *io, pid_t pid, const char *folder,
		      struct vprep_holders *holders)
{
	_cleanup_strv_ char **fds = NULL;
	size_t i;
	int r = vprep_io_list(io, VPREP_PROC, &fds, "%s/fd", folder);

	if (r == -EACCES || r == -EPERM)
		return 1;
	if (r < 0)
		return vprep_process_is_out_of_sight(r) ? 0 : r;
	for (i = 0; r == 0 && fds[i]; i++) {
		_cleanup_free_ char *path = vprep_strf("%s/fd/%s", folder, fds[i]);
		const char *node = NULL;

		r = path ? node_of_file(io, path, holders, &node) : -ENOMEM;
		if (r == 0 && node)
			r = add_holder(holders, pid, node);
	}
	return r < 0 ? r : i > 0;
}

/* The first thread may end before the others do, and has no files then: any other thread
 * shows those of the process. */
static int scan_threads(const struct vprep_io *io, pid_t pid, const char *name,
			struct vprep_holders *holders)
{
	_cleanup_strv_ char **threads = NULL;
	size_t i;
	int r = vprep_io_list(io, VPREP_PROC, &threads, "%s/task", name);

	if (r < 0)
		return vprep_process_is_out_of_sight(r) ? 0 : r;
	for (i = 0; r == 0 && threads[i]; i++) {
		_cleanup_free_ char *folder = vprep_strf("%s/task/%s", name, threads[i]);

		if (!streq(threads[i], name))
			r = folder ? scan_files(io, pid, folder, holders) : -ENOMEM;
	}
	return r;
}

static int scan_process(const struct vprep_io *io, const char *name,
			struct vprep_holders *holders)
{
	uint64_t pid;
	int r;

	if (vprep_parse_u64(name, 10, INT_MAX, &pid) < 0)
		return 0;
	r = scan_files(io, (pid_t)pid, name, holders);
	return r == 0 ? scan_threads(io, (pid_t)pid, name, holders) : r;
}

static int compare_holders(const void *a, const void *b)
{
	const struct vprep_holder *x = a, *y = b;
	int order = strcmp(x->node, y->node);

	return order ? order : (x->pid > y->pid) - (x->pid < y->pid);
}

int vprep_holders_scan(const struct vprep_io *io, struct vprep_holders *ret)
{
	_cleanup_(vprep_holders_done) struct vprep_holders holders = { 0 };
	_cleanup_strv_ char **names = NULL;
	size_t i;
	int r;

	r = vprep_io_list(io, VPREP_PROC, &names, ".");
	if (r < 0 && !vprep_process_is_out_of_sight(r))
		return r;
	for (i = 0; names && names[i]; i++) {
		r = scan_process(io, names[i], &holders);
		if (r < 0)
			return r;
	}
	if (holders.n > 1)
		qsort(holders.items, holders.n, sizeof(*holders.items), compare_holders);
	*ret = TAKE_STRUCT(holders);
	return 0;
}

char *vprep_holder_text(const struct vprep_io *io, const struct vprep_holder *holder)
{
	char *text = NULL;

	return vprep_process_describe(io, holder->pid, &text) < 0 ? NULL : text;
}
