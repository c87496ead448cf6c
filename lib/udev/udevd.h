/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to udevd: reload its rules, and learn when it has handled a device. */
#ifndef VPREP_UDEV_UDEVD_H
#define VPREP_UDEV_UDEVD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "io/io.h"

/* Whether udevd runs: somebody listens at its control socket. */
bool vprep_udevd_is_running(const struct vprep_io *io);

/*
 * Has udevd read its rules again, by `udevadm control --reload`, without waiting for it:
 * no step depends on when it is done, as node owners are proven one by one, and udevd
 * looks for changed rules by itself every few seconds.
 */
int vprep_udevd_reload(struct vprep_io *io);

struct vprep_udevd_monitor;

/* Listens to what udevd has finished in one subsystem, from now on. */
int vprep_udevd_monitor_new(const char *subsystem, struct vprep_udevd_monitor **ret);
void vprep_udevd_monitor_free(struct vprep_udevd_monitor *monitor);
DEFINE_CLEANUP(struct vprep_udevd_monitor, vprep_udevd_monitor_free);

/* Waits until udevd has handled an add or change of each device (by sysfs name), and sets
 * its `seen`. -ETIMEDOUT when @milliseconds pass first; -EINTR when @interrupted says so
 * (NULL: never). */
struct vprep_udevd_wait {
	char name[24];
	bool seen;
};

int vprep_udevd_monitor_wait(struct vprep_udevd_monitor *monitor,
			     struct vprep_udevd_wait *wanted, size_t n, int milliseconds,
			     bool (*interrupted)(void *data), void *data);

#endif
