/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that have device nodes open. */
#ifndef VPREP_HOST_HOLDERS_H
#define VPREP_HOST_HOLDERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/pool.h"
#include "io/io.h"

struct vprep_holder {
	pid_t pid;
	const char *node; /* below /dev: "vfio/12"; raw, as the kernel names the device */
};

/* Everything in it lives in the pool. */
struct vprep_holders {
	struct vprep_pool pool;
	size_t n;
	struct vprep_holder *items;
	size_t n_names; /* of devices that were met */
	struct vprep_holder_name *names;
};

/*
 * One pass over /proc/PID/fd for every open node of a device, by whatever name it was
 * opened; memory (/dev/null) and terminals are left out. So are processes that end
 * meanwhile, or may not be looked at. The answers are sorted by node and pid. -ENOMEM,
 * -EIO, -EMFILE.
 */
int vprep_holders_scan(const struct vprep_io *io, struct vprep_holders *ret);
void vprep_holders_done(struct vprep_holders *holders);

/* "pid 4711 (qemu-system-x86_64, guest web1)", printable; NULL when out of memory. */
char *vprep_holder_text(const struct vprep_io *io, const struct vprep_holder *holder);

/* The node of the device @sysfs, such as "dev/char/10:5", below /dev. -ENOENT: there is
 * no such device. */
int vprep_device_node(const struct vprep_io *io, const char *sysfs, char **ret);

/* Whether everybody has such nodes open, and no hardware is behind them: memory and
 * terminals. */
bool vprep_node_is_common(const struct vprep_io_node *device);

#endif
