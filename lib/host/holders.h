/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that hold device nodes open, and how to name them to people. */
#ifndef VPREP_HOST_HOLDERS_H
#define VPREP_HOST_HOLDERS_H

#include <sys/types.h>

#include "common/pool.h"
#include "io/io.h"

struct vprep_holder {
	pid_t pid;
	const char *command; /* argv[0]'s last component, or the kernel's comm */
	const char *guest; /* QEMU's -name guest=…, or a container or machine, or NULL */
	const char *node;  /* below /dev: "vfio/12"; raw, as the kernel says it */
};

/* Everything in it lives in the pool. */
struct vprep_holders {
	struct vprep_pool pool;
	size_t n;
	struct vprep_holder *items;
};

/* One pass over /proc/PID/fd for every open node whose path below /dev starts with
 * @prefix ("vfio/", "snd/"). Processes that end meanwhile, or may not be looked at, are
 * left out. The answers are sorted by node and pid. -ENOMEM, -EIO, -EMFILE. */
int vprep_holders_scan(const struct vprep_io *io, const char *prefix,
		       struct vprep_holders *ret);
/* The same for any of several prefixes, NULL-terminated. */
int vprep_holders_scan_any(const struct vprep_io *io, const char *const *prefixes,
			   struct vprep_holders *ret);
void vprep_holders_done(struct vprep_holders *holders);

/* "pid 4711 (qemu-system-x86_64, guest web1)", printable; NULL when out of memory. */
char *vprep_holder_text(const struct vprep_holder *holder);

#endif
