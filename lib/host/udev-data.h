/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel and udevd know of a device: its uevent file in sysfs, and its file in
 * udevd's database. Both are read here, because libudev looks at the live host only.
 */
#ifndef VPREP_HOST_UDEV_DATA_H
#define VPREP_HOST_UDEV_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "common/pool.h"
#include "io/io.h"

/* Starts as {0}, with @io, @subsystem and @path set; borrowed. */
struct vprep_udev_data {
	const struct vprep_io *io;
	const char *subsystem;
	const char *path; /* below sysfs */
	char *uevent;	  /* lines, each ended by a NUL, and an empty one at the end */
	char *database;
};

/* A value from the uevent file, such as that of "DRIVER" or "DEVNAME"; NULL when there is
 * none. */
const char *vprep_udev_kernel(struct vprep_udev_data *data, const char *key);
/* A property in udevd's database, such as "ID_SERIAL"; NULL when there is none. */
const char *vprep_udev_property(struct vprep_udev_data *data, const char *key);
/* The node's other names, "/dev/disk/by-id/…", sorted, in the pool. */
const char **vprep_udev_links(struct vprep_udev_data *data, struct vprep_pool *pool,
			      size_t *ret_n);
void vprep_udev_data_done(struct vprep_udev_data *data);

#endif
