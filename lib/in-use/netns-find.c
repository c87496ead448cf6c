// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks into each network namespace: those that have a name, and those of processes. That
 * is done in a child, which does not come back from there, and has a deadline: whoever
 * asks for interfaces waits for a driver that is stuck.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "in-use/netns.h"
#include "io/job.h"
#include "io/netlink.h"

#define DEADLINE 3	 /* seconds */
#define NAMED "netns/%s" /* ip-netns(8) */

struct looking {
	struct vprep_io *io;
	const char *device;
	struct vprep_netns_place place;
	char **seen; /* namespaces, as /proc/PID/ns/net names them */
};

/* 0 when the interface is in the namespace of that file, which in /proc is one of the
 * links that vprep_io_open() does not follow. */
static int look_in(struct looking *l, enum vprep_root root, const char *path)
{
	_cleanup_close_ int fd =
		openat(l->io->root[root], path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return setns(fd, CLONE_NEWNET) < 0
		       ? -errno
		       : vprep_link_of_device(l->device, l->place.interface);
}

static bool look_at_name(struct looking *l, const char *name)
{
	_cleanup_free_ char *path = vprep_strf(NAMED, name);

	snprintf(l->place.name, sizeof(l->place.name), "%s", name);
	return path && strlen(name) < sizeof(l->place.name) &&
	       look_in(l, VPREP_RUN, path) == 0;
}

static bool look_at_process(struct looking *l, const char *name)
{
	_cleanup_free_ char *path = vprep_strf("%s/ns/net", name);
	_cleanup_free_ char *identity = NULL;
	uint64_t pid;

	if (!path || vprep_parse_u64(name, 10, INT_MAX, &pid) < 0 ||
	    vprep_io_readlink(l->io, VPREP_PROC, &identity, "%s", path) < 0 ||
	    vprep_strv_has(l->seen, identity) || vprep_strv_add(&l->seen, identity) < 0)
		return false;
	l->place.pid = (pid_t)pid;
	return look_in(l, VPREP_PROC, path) == 0;
}

static bool look_at_all(struct looking *l, enum vprep_root root, const char *folder,
			bool (*look)(struct looking *l, const char *name))
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (vprep_io_list(l->io, root, &names, "%s", folder) < 0)
		return false;
	for (i = 0; names[i]; i++)
		if (look(l, names[i]))
			return true;
	return false;
}

/* In the child. The answer goes to the parent as text. */
static int look(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	struct looking l = { .io = io, .device = data };
	bool found = look_at_all(&l, VPREP_RUN, "netns", look_at_name);

	if (!found) {
		l.place.name[0] = '\0';
		found = look_at_all(&l, VPREP_PROC, ".", look_at_process);
	}
	vprep_strv_free(l.seen);
	if (!found)
		return -ENOENT;
	snprintf(ret_err->message, sizeof(ret_err->message), "%s/%d/%s",
		 l.place.interface, (int)l.place.pid, l.place.name);
	return 0;
}

static int parse(char *text, struct vprep_netns_place *ret)
{
	const char *interface = strsep(&text, "/"), *number = strsep(&text, "/");
	uint64_t pid;

	if (!number || !text || strlen(interface) >= sizeof(ret->interface) ||
	    strlen(text) >= sizeof(ret->name) ||
	    vprep_parse_u64(number, 10, INT_MAX, &pid) < 0)
		return -EBADMSG;
	snprintf(ret->interface, sizeof(ret->interface), "%s", interface);
	snprintf(ret->name, sizeof(ret->name), "%s", text);
	ret->pid = (pid_t)pid;
	return 0;
}

int vprep_netns_find(struct vprep_io *io, const char *device,
		     struct vprep_netns_place *ret)
{
	_cleanup_free_ char *copy = strdup(device);
	struct vprep_job job = { .run = look, .data = copy, .deadline = DEADLINE };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };
	int r = copy ? vprep_jobs_run(io, &jobs) : -ENOMEM;

	return r < 0 ? r : parse(job.err.message, ret);
}
