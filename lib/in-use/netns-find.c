// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks into each other network namespace: those that have a name, and those of
 * processes. That is done in a child, which does not come back from there, and has a
 * deadline: whoever asks for interfaces waits for a driver that is stuck. One child looks
 * for all devices, and leaves what it found in memory that it shares.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/str.h"
#include "in-use/netns.h"
#include "io/job.h"
#include "io/netlink.h"

#define DEADLINE 3	 /* seconds */
#define NAMED "netns/%s" /* ip-netns(8) */
#define PLACES_MAX 8192	 /* what is not touched takes no memory */

struct vprep_netns {
	size_t n; /* counts what has been written wholly */
	struct vprep_netns_place places[PLACES_MAX];
};

struct looking {
	struct vprep_io *io;
	struct vprep_netns *found;
	struct vprep_netns_place place;
	ino_t *seen; /* namespaces */
	size_t n_seen;
};

static void add_link(void *data, const char *device, const char *interface)
{
	struct looking *l = data;
	struct vprep_netns_place *place = &l->found->places[l->found->n];

	if (l->found->n == PLACES_MAX || strlen(device) >= sizeof(place->device))
		return;
	*place = l->place;
	snprintf(place->device, sizeof(place->device), "%s", device);
	snprintf(place->interface, sizeof(place->interface), "%s", interface);
	l->found->n++;
}

static bool is_new(struct looking *l, int fd)
{
	struct stat st;
	ino_t *added;
	size_t i;

	if (fstat(fd, &st) < 0)
		return false;
	for (i = 0; i < l->n_seen; i++)
		if (l->seen[i] == st.st_ino)
			return false;
	added = vprep_array_add(l->seen, l->n_seen);
	if (added)
		*added = st.st_ino;
	return added;
}

/* Of the file of a namespace, which in /proc is one of the links that vprep_io_open()
 * does not follow. */
static int open_namespace(const struct looking *l, enum vprep_root root, const char *path)
{
	return openat(l->io->root[root], path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void look_in(struct looking *l, enum vprep_root root, const char *path)
{
	_cleanup_close_ int fd = open_namespace(l, root, path);

	if (fd >= 0 && is_new(l, fd) && setns(fd, CLONE_NEWNET) == 0)
		vprep_links(add_link, l);
}

static void look_at_name(struct looking *l, const char *name)
{
	_cleanup_free_ char *path = vprep_strf(NAMED, name);

	snprintf(l->place.name, sizeof(l->place.name), "%s", name);
	if (path && strlen(name) < sizeof(l->place.name))
		look_in(l, VPREP_RUN, path);
	l->place.name[0] = '\0';
}

static void look_at_process(struct looking *l, const char *name)
{
	_cleanup_free_ char *path = vprep_strf("%s/ns/net", name);
	uint64_t pid;

	if (!path || vprep_parse_u64(name, 10, INT_MAX, &pid) < 0)
		return;
	l->place.pid = (pid_t)pid;
	look_in(l, VPREP_PROC, path);
}

static void look_at_all(struct looking *l, enum vprep_root root, const char *folder,
			void (*look)(struct looking *l, const char *name))
{
	_cleanup_strv_ char **names = NULL;
	size_t i;

	if (vprep_io_list(l->io, root, &names, "%s", folder) < 0)
		return;
	for (i = 0; names[i]; i++)
		look(l, names[i]);
}

/* In the child. */
static int look(struct vprep_io *io, void *data, struct vprep_error *ret_err)
{
	struct looking l = { .io = io, .found = data };
	_cleanup_close_ int own = open_namespace(&l, VPREP_PROC, "self/ns/net");

	(void)ret_err;
	if (own >= 0 && is_new(&l, own)) {
		look_at_all(&l, VPREP_RUN, "netns", look_at_name);
		look_at_all(&l, VPREP_PROC, ".", look_at_process);
	}
	free(l.seen);
	return 0;
}

struct vprep_netns *vprep_netns_look(struct vprep_io *io)
{
	struct vprep_netns *found = mmap(NULL, sizeof(*found), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct vprep_job job = { .run = look, .data = found, .deadline = DEADLINE };
	struct vprep_jobs jobs = { .jobs = &job, .n = 1, .parallel = 1 };

	if (found == MAP_FAILED)
		return NULL;
	vprep_jobs_run(io, &jobs); /* where it got stuck, there is what it has found */
	return found;
}

void vprep_netns_free(struct vprep_netns *netns)
{
	if (netns)
		munmap(netns, sizeof(*netns));
}

const struct vprep_netns_place *vprep_netns_find(const struct vprep_netns *netns,
						 const char *device)
{
	size_t i;

	for (i = 0; i < netns->n; i++)
		if (streq(netns->places[i].device, device))
			return &netns->places[i];
	return NULL;
}
