/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel tells of a vDPA device by generic netlink; sysfs does not tell it. */
#ifndef VPREP_IO_VDPA_H
#define VPREP_IO_VDPA_H

#include <stddef.h>

#include "io/io.h"

/* The operation of vprep_io_ops. May block as long as the device's driver answers. */
int vprep_vdpa_read(const char *name, struct vprep_io_vdpa *ret);

/* What the answer of @len bytes says, a message from its head on. -EBADMSG: it is none,
 * or does not tell what the device is. */
int vprep_vdpa_read_answer(const void *answer, size_t len, struct vprep_io_vdpa *ret);

#endif
