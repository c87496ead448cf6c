// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/udevd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <libudev.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/str.h"
#include "io/child.h"

#define CONTROL "/run/udev/control"
#define POLL_MS 100 /* how late an interruption may be noticed */

struct vprep_udevd_monitor {
	struct udev *udev;
	struct udev_monitor *monitor;
};

/* Asked of the kernel, not by connecting: udevd takes one connection at a time, and one
 * of ours could make the next udevadm fail. */
bool vprep_udevd_is_running(const struct vprep_io *io)
{
	_cleanup_free_ char *table = NULL;
	char *line, *save;

	if (!io->live || vprep_io_read_table(io, VPREP_PROC, &table, "net/unix") < 0)
		return false;
	for (line = strtok_r(table, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *path = strrchr(line, ' ');

		/* flags: SO_ACCEPTCON, somebody listens */
		if (path && streq(path + 1, CONTROL) && strstr(line, " 00010000 "))
			return true;
	}
	return false;
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

int vprep_udevd_reload(struct vprep_io *io)
{
	char *argv[] = { (char *)(uintptr_t) "udevadm", (char *)(uintptr_t) "control",
			 (char *)(uintptr_t) "--reload", NULL };
	const char *path = udevadm_path();

	return path ? vprep_child_detach(io, path, argv) : -ENOENT;
}

void vprep_udevd_monitor_free(struct vprep_udevd_monitor *m)
{
	if (!m)
		return;
	if (m->monitor)
		udev_monitor_unref(m->monitor);
	if (m->udev)
		udev_unref(m->udev);
	free(m);
}

int vprep_udevd_monitor_new(const char *subsystem, struct vprep_udevd_monitor **ret)
{
	_cleanup_(vprep_udevd_monitor_freep) struct vprep_udevd_monitor *m =
		calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	/* both tell why not by errno: the second one opens a socket */
	errno = ENOMEM;
	m->udev = udev_new();
	if (m->udev)
		m->monitor = udev_monitor_new_from_netlink(m->udev, "udev");
	if (!m->monitor)
		return -errno;
	r = udev_monitor_filter_add_match_subsystem_devtype(m->monitor, subsystem, NULL);
	if (r >= 0)
		r = udev_monitor_enable_receiving(m->monitor);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

static size_t note_event(struct vprep_udevd_monitor *m, struct vprep_udevd_wait *wanted,
			 size_t n)
{
	struct udev_device *device = udev_monitor_receive_device(m->monitor);
	const char *name, *action;
	size_t i, hits = 0;

	if (!device)
		return 0;
	name = udev_device_get_sysname(device);
	action = udev_device_get_action(device);
	for (i = 0; name && i < n; i++)
		if (!wanted[i].seen && streq(wanted[i].name, name) &&
		    !(action && streq(action, "remove"))) {
			wanted[i].seen = true;
			hits++;
		}
	udev_device_unref(device);
	return hits;
}

int vprep_udevd_monitor_wait(struct vprep_udevd_monitor *m,
			     struct vprep_udevd_wait *wanted, size_t n, int milliseconds,
			     bool (*interrupted)(void *data), void *data)
{
	struct pollfd poll_fd = { .fd = udev_monitor_get_fd(m->monitor),
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
