// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/udevd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libudev.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/library.h"
#include "common/str.h"
#include "io/child.h"
#include "udev/control.h"

/* Most commands wait for no event. */
#define SONAME "libudev.so.1"

#define FUNCTIONS(X)                                                                     \
	X(udev_new)                                                                      \
	X(udev_unref)                                                                    \
	X(udev_device_get_action)                                                        \
	X(udev_device_get_devnum)                                                        \
	X(udev_device_get_seqnum)                                                        \
	X(udev_device_get_sysname)                                                       \
	X(udev_device_unref)                                                             \
	X(udev_monitor_enable_receiving)                                                 \
	X(udev_monitor_filter_add_match_subsystem_devtype)                               \
	X(udev_monitor_get_fd)                                                           \
	X(udev_monitor_new_from_netlink)                                                 \
	X(udev_monitor_receive_device)                                                   \
	X(udev_monitor_unref)

VPREP_LIBRARY_NOTE("udev", "Waits until udevd has handled an event", "recommended",
		   SONAME);

#define FOLDER "/run/udev"
#define QUIET_MS 1000
#define POLL_MS 100 /* how late an interruption may be noticed */

VPREP_LIBRARY(libudev, FUNCTIONS, .sonames = { SONAME });

struct vprep_udevd_monitor {
	struct udev *udev;
	struct udev_monitor *monitor;
};

/* "/run/udev", where the sockets are. NULL: out of memory. */
static char *socket_folder(const struct vprep_io *io)
{
	return vprep_strf("%s" FOLDER, io->prefix);
}

bool vprep_udevd_is_running(const struct vprep_io *io)
{
	_cleanup_free_ char *folder = io->live ? socket_folder(io) : NULL;

	return folder && vprep_udev_control_is_there(folder);
}

/* By absolute path: a hook's PATH may come from a guest's custom properties. */
static const char *udevadm_path(void)
{
	static const char *const paths[] = { "/usr/bin/udevadm", "/bin/udevadm",
					     "/usr/sbin/udevadm", "/sbin/udevadm" };
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

/* Words for udevadm: it changes none of them. */
#define WORD(text) ((char *)(uintptr_t)(text))

/* Where nobody listens, udevadm would not be heard either. */
static int reload_by_udevadm(struct vprep_io *io)
{
	char *argv[] = { WORD("udevadm"), WORD("control"), WORD("--reload"), NULL };
	const char *path;

	if (!vprep_udevd_is_running(io))
		return -ENOTCONN;
	path = udevadm_path();
	return path ? vprep_child_detach(io, path, argv) : -ENOENT;
}

/* udevadm comes second, as it takes longer. It knows what its own version of udevd
 * speaks, and a security policy may let it alone talk to udevd. */
int vprep_udevd_reload(struct vprep_io *io)
{
	_cleanup_free_ char *folder = socket_folder(io);

	if (!folder)
		return -ENOMEM;
	return vprep_udev_control_tell_reload(folder) == 0 ? 0 : reload_by_udevadm(io);
}

int vprep_udevd_reload_and_wait(struct vprep_io *io, unsigned seconds,
				bool (*interrupted)(void *data), void *data)
{
	_cleanup_free_ char *folder = socket_folder(io);
	unsigned milliseconds = seconds * 1000;
	int r;

	if (!folder)
		return -ENOMEM;
	r = vprep_udev_control_reload(folder, (int)milliseconds, interrupted, data);
	if (r < 0 && r != -ETIMEDOUT && r != -EINTR) {
		int detached = reload_by_udevadm(io);

		if (detached == -ENOTCONN)
			return detached;
		if (detached == 0)
			r = vprep_child_wait_detached(io, milliseconds);
	}
	return r;
}

void vprep_udevd_monitor_free(struct vprep_udevd_monitor *m)
{
	if (!m)
		return;
	if (m->monitor)
		libudev.udev_monitor_unref(m->monitor);
	if (m->udev)
		libudev.udev_unref(m->udev);
	free(m);
}

int vprep_udevd_monitor_new(const char *subsystem, struct vprep_udevd_monitor **ret)
{
	_cleanup_(vprep_udevd_monitor_freep) struct vprep_udevd_monitor *m =
		calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	if (!vprep_library_open(&libudev_library))
		return -ELIBACC;
	/* both tell why not by errno: the second one opens a socket */
	errno = ENOMEM;
	m->udev = libudev.udev_new();
	if (m->udev)
		m->monitor = libudev.udev_monitor_new_from_netlink(m->udev, "udev");
	if (!m->monitor)
		return -errno;
	r = subsystem ? libudev.udev_monitor_filter_add_match_subsystem_devtype(
				m->monitor, subsystem, NULL)
		      : 0;
	if (r >= 0)
		r = libudev.udev_monitor_enable_receiving(m->monitor);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

static bool is_wanted(const struct vprep_udevd_wait *wanted, struct udev_device *device)
{
	const char *name = libudev.udev_device_get_sysname(device);

	if (wanted->seen || libudev.udev_device_get_seqnum(device) <= wanted->after)
		return false;
	return wanted->node ? wanted->node == libudev.udev_device_get_devnum(device)
			    : name && streq(wanted->name, name);
}

static size_t note_event(struct vprep_udevd_monitor *m, struct vprep_udevd_wait *wanted,
			 size_t n)
{
	struct udev_device *device = libudev.udev_monitor_receive_device(m->monitor);
	const char *action;
	size_t i, hits = 0;

	if (!device)
		return 0;
	action = libudev.udev_device_get_action(device);
	for (i = 0; i < n; i++)
		if (is_wanted(&wanted[i], device) &&
		    !(action && streq(action, "remove"))) {
			wanted[i].seen = true;
			hits++;
		}
	libudev.udev_device_unref(device);
	return hits;
}

int vprep_udevd_monitor_wait(struct vprep_udevd_monitor *m,
			     struct vprep_udevd_wait *wanted, size_t n, int milliseconds,
			     bool (*interrupted)(void *data), void *data)
{
	struct pollfd poll_fd = { .fd = libudev.udev_monitor_get_fd(m->monitor),
				  .events = POLLIN };
	int64_t end = vprep_now_ms() + milliseconds;
	size_t missing = 0, i;

	for (i = 0; i < n; i++)
		missing += !wanted[i].seen;
	while (missing > 0) {
		int64_t left = end - vprep_now_ms();

		if (interrupted && interrupted(data))
			return -EINTR;
		if (left <= 0)
			return -ETIMEDOUT;
		poll_fd.revents = 0;
		if (poll(&poll_fd, 1, (int)(left < POLL_MS ? left : POLL_MS)) < 0 &&
		    errno != EINTR)
			return -errno;
		if (poll_fd.revents)
			missing -= note_event(m, wanted, n);
	}
	return 0;
}

static int cause_and_wait(struct vprep_io *io, dev_t node, unsigned seconds,
			  bool (*interrupted)(void *data), void *data)
{
	_cleanup_(vprep_udevd_monitor_freep) struct vprep_udevd_monitor *monitor = NULL;
	struct vprep_udevd_wait wanted = { .node = node };
	int r;

	r = vprep_udevd_monitor_new(NULL, &monitor);
	if (r == 0)
		r = vprep_io_read_u64(io, VPREP_SYS, 10, &wanted.after,
				      "kernel/uevent_seqnum");
	if (r == 0)
		r = vprep_io_write(io, "change", "dev/char/%u:%u/uevent", major(node),
				   minor(node));
	if (r < 0)
		return r;
	return vprep_udevd_monitor_wait(monitor, &wanted, 1, (int)seconds * 1000,
					interrupted, data);
}

int vprep_udevd_handle(struct vprep_io *io, dev_t node, unsigned seconds)
{
	return cause_and_wait(io, node, seconds, NULL, NULL);
}

/* udevd keeps this file as long as it has an event that is not done. */
static bool has_no_event(const struct vprep_io *io)
{
	return vprep_io_exists(io, VPREP_RUN, "udev/queue") == 0;
}

struct quiet {
	const struct vprep_io *io;
	int64_t since; /* when the queue was found to be empty; 0: it is not */
};

/* An event that the kernel has just sent may not be in the queue yet. */
static bool is_quiet(void *data)
{
	struct quiet *quiet = data;
	int64_t now = vprep_now_ms();

	if (!has_no_event(quiet->io))
		quiet->since = 0;
	else if (quiet->since == 0)
		quiet->since = now;
	return quiet->since > 0 && now - quiet->since >= QUIET_MS;
}

int vprep_udevd_finish_begun(struct vprep_io *io, dev_t node, unsigned seconds)
{
	struct quiet quiet = { .io = io };
	int r;

	if (has_no_event(io) || !vprep_udevd_is_running(io))
		return 0;
	r = cause_and_wait(io, node, seconds, is_quiet, &quiet);
	return r == 0 || r == -EINTR ? 1 : r;
}
