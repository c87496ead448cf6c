// SPDX-License-Identifier: GPL-2.0-or-later
#include "udev/udevd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <libudev.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#define RELOAD_TIMEOUT_MS 5000

struct vprep_udevd_monitor {
	struct udev *udev;
	struct udev_monitor *monitor;
};

bool vprep_udevd_is_running(const struct vprep_io *io)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_free_ char *path = vprep_strf("%s/run/udev/control", io->prefix);
	_cleanup_close_ int fd = -1;

	if (!path || !io->live || strlen(path) >= sizeof(address.sun_path))
		return false;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
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

int vprep_udevd_reload_start(pid_t *ret)
{
	char *argv[] = { (char *)(uintptr_t) "udevadm", (char *)(uintptr_t) "control",
			 (char *)(uintptr_t) "--reload", NULL };
	char *envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	const char *path = udevadm_path();
	pid_t pid;
	int r, fd;

	if (!path)
		return -ENOENT;
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -ENOMEM;
	for (fd = 0; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	r = posix_spawn(&pid, path, &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0)
		return -r;
	*ret = pid;
	return 0;
}

int vprep_udevd_reload_wait(pid_t pid)
{
	int64_t end = vprep_now_ms() + RELOAD_TIMEOUT_MS;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (vprep_now_ms() >= end)
			break;
		vprep_sleep_ms(2);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return -ETIMEDOUT;
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
	m->udev = udev_new();
	if (!m->udev)
		return -ENOMEM;
	m->monitor = udev_monitor_new_from_netlink(m->udev, "udev");
	if (!m->monitor)
		return -ENOMEM;
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
			     struct vprep_udevd_wait *wanted, size_t n, int milliseconds)
{
	struct pollfd poll_fd = { .fd = udev_monitor_get_fd(m->monitor),
				  .events = POLLIN };
	int64_t end = vprep_now_ms() + milliseconds;
	size_t missing = 0, i;

	for (i = 0; i < n; i++)
		missing += !wanted[i].seen;
	while (missing > 0) {
		int64_t left = end - vprep_now_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
		if (poll_fd.revents)
			missing -= note_event(m, wanted, n);
	}
	return 0;
}
