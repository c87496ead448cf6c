// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that attaching and detaching can cost: the writes to sysfs, one device after
 * another, no question asked and nothing restored but the driver.
 *   bare attach ADDRESS...
 *   bare detach DRIVER|none ADDRESS...   DRIVER: whose the devices were
 * Built with BARE_UDEV it is bare-udev, whose attach also waits until udevd has handled
 * the nodes of the groups, which is when a node has the owner that a rule gives it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef BARE_UDEV
#include <libudev.h>
#include <poll.h>

#define TIMEOUT_MS 30000
#define RECEIVE_BUFFER (16 * 1024 * 1024)
#endif

static int put(const char *folder, const char *name, const char *attribute,
	       const char *text)
{
	char path[PATH_MAX];
	size_t len = strlen(text);
	int fd, r = 0;

	snprintf(path, sizeof(path), "/sys/bus/pci/%s/%s/%s", folder, name, attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		r = -errno;
	close(fd);
	return r;
}

static int attach(const char *address)
{
	int r;

	r = put("devices", address, "driver_override", "vfio-pci");
	if (r == 0)
		r = put("devices", address, "driver/unbind", address);
	if (r == 0 || r == -ENOENT) /* it had no driver */
		r = put("drivers", "vfio-pci", "bind", address);
	return r;
}

static int detach(const char *address, const char *driver)
{
	int r;

	r = put("drivers", "vfio-pci", "unbind", address);
	if (r == 0)
		r = put("devices", address, "driver_override", "\n");
	if (r == 0 && strcmp(driver, "none") != 0)
		r = put("drivers", driver, "bind", address);
	return r;
}

#ifdef BARE_UDEV
static struct udev_monitor *listen_to_udevd(void)
{
	struct udev *udev = udev_new();
	struct udev_monitor *monitor =
		udev ? udev_monitor_new_from_netlink(udev, "udev") : NULL;

	if (!monitor)
		return NULL;
	udev_monitor_set_receive_buffer_size(monitor, RECEIVE_BUFFER);
	if (udev_monitor_filter_add_match_subsystem_devtype(monitor, "vfio", NULL) < 0 ||
	    udev_monitor_enable_receiving(monitor) < 0)
		return NULL;
	return monitor;
}

/* The number of the group, which is the name of its node; -1: it has none. */
static int group_of(const char *address)
{
	char path[PATH_MAX], link[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -1;
	link[n] = '\0';
	slash = strrchr(link, '/');
	return slash ? atoi(slash + 1) : -1;
}

/* Strikes the group of an event off the list: how many were struck off. */
static int strike(struct udev_monitor *monitor, int *groups, int n)
{
	struct udev_device *device = udev_monitor_receive_device(monitor);
	const char *action, *name;
	int i, struck = 0;

	if (!device)
		return 0;
	action = udev_device_get_action(device);
	name = udev_device_get_sysname(device);
	for (i = 0; action && name && strcmp(action, "add") == 0 && i < n; i++)
		if (groups[i] == atoi(name)) {
			groups[i] = -1;
			struck++;
		}
	udev_device_unref(device);
	return struck;
}

static int wait_for_udevd(struct udev_monitor *monitor, char **addresses, int n)
{
	struct pollfd poll_fd = { .fd = udev_monitor_get_fd(monitor), .events = POLLIN };
	int *groups = calloc((size_t)n, sizeof(*groups));
	int i, missing = n;

	if (!groups)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		groups[i] = group_of(addresses[i]);
	while (missing > 0 && poll(&poll_fd, 1, TIMEOUT_MS) > 0)
		missing -= strike(monitor, groups, n);
	free(groups);
	return missing > 0 ? -ETIMEDOUT : 0;
}
#endif

static int attach_all(char **addresses, int n)
{
	int i, r;
#ifdef BARE_UDEV
	struct udev_monitor *monitor = listen_to_udevd();

	if (!monitor)
		return -EIO;
#endif
	for (i = 0; i < n; i++) {
		r = attach(addresses[i]);
		if (r < 0)
			return r;
	}
#ifdef BARE_UDEV
	return wait_for_udevd(monitor, addresses, n);
#else
	return 0;
#endif
}

static int detach_all(const char *driver, char **addresses, int n)
{
	int i, r;

	for (i = 0; i < n; i++) {
		r = detach(addresses[i], driver);
		if (r < 0)
			return r;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int r;

	if (argc > 2 && strcmp(argv[1], "attach") == 0) {
		r = attach_all(argv + 2, argc - 2);
	} else if (argc > 3 && strcmp(argv[1], "detach") == 0) {
		r = detach_all(argv[2], argv + 3, argc - 3);
	} else {
		fprintf(stderr, "usage: bare attach ADDRESS... | detach DRIVER|none "
				"ADDRESS...\n");
		return 2;
	}
	if (r < 0)
		fprintf(stderr, "bare: %s\n", strerror(-r));
	return r < 0;
}
