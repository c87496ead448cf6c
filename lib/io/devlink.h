/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switch in a network card, by generic netlink. */
#ifndef VPREP_IO_DEVLINK_H
#define VPREP_IO_DEVLINK_H

#include <stddef.h>

/* The operation of vprep_io_ops. May block as long as the card's driver answers. */
int vprep_devlink_is_switchdev(const char *address);

/* What the answer of @len bytes says, a message from its head on: 1 or 0; -EBADMSG it is
 * none, or says nothing of a switch. */
int vprep_devlink_read_switchdev(const void *answer, size_t len);

#endif
