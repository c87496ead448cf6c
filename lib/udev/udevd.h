/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to udevd: reload its rules, and learn when it has handled a device. */
#ifndef VPREP_UDEV_UDEVD_H
#define VPREP_UDEV_UDEVD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cleanup.h"
#include "io/io.h"

/* Whether udevd runs: somebody listens at its control socket. */
bool vprep_udevd_is_running(const struct vprep_io *io);

/* Has udevd read its rules again, without waiting for it: for rules that are gone, with
 * the nodes that they were about. -ENOTCONN: it does not run. */
int vprep_udevd_reload(struct vprep_io *io);

/* The same, and waits until udevd is at it: every event that udevd begins after that goes
 * by the new rules. Errors as of vprep_udev_control_reload(). */
int vprep_udevd_reload_and_wait(struct vprep_io *io, unsigned seconds,
				bool (*interrupted)(void *data), void *data);

struct vprep_udevd_monitor;

/* Listens to what udevd has finished in one subsystem (NULL: in all), from now on. */
int vprep_udevd_monitor_new(const char *subsystem, struct vprep_udevd_monitor **ret);
void vprep_udevd_monitor_free(struct vprep_udevd_monitor *monitor);
DEFINE_CLEANUP(struct vprep_udevd_monitor, vprep_udevd_monitor_free);

/* Waits until udevd has handled an event of each device, other than its removal, and sets
 * its `seen`. -ETIMEDOUT when @milliseconds pass first; -EINTR when @interrupted says so
 * (NULL: never). */
struct vprep_udevd_wait {
	char name[24];	/* in sysfs; or by its node: */
	dev_t node;	/* 0: by name */
	uint64_t after; /* the event's number is greater than that */
	bool seen;
};

int vprep_udevd_monitor_wait(struct vprep_udevd_monitor *monitor,
			     struct vprep_udevd_wait *wanted, size_t n, int milliseconds,
			     bool (*interrupted)(void *data), void *data);

/*
 * Causes a "change" event of the device that has the node, and waits until udevd has
 * handled it: udevd handles the events of one device one after the other. -ETIMEDOUT.
 */
int vprep_udevd_handle(struct vprep_io *io, dev_t node, unsigned seconds);

/*
 * Waits for an event of the device that udevd may have begun before it read its rules
 * anew; does nothing when udevd has no event at all. 1: there may have been one, and what
 * it did to the node is done. -ETIMEDOUT.
 */
int vprep_udevd_finish_begun(struct vprep_io *io, dev_t node, unsigned seconds);

#endif
