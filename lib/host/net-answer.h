/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel answers about network interfaces. A driver that hangs may do so with
 * the one lock that all of them share (RTNL): then whoever asks about any interface, or
 * reads an attribute such as `speed`, waits in the kernel and cannot be ended.
 */
#ifndef VPREP_HOST_NET_ANSWER_H
#define VPREP_HOST_NET_ANSWER_H

#include "vfio-prep.h"
#include "io/io.h"

#define VPREP_NET_SECONDS 5 /* until a question counts as not answered */

typedef int (*vprep_net_question)(struct vprep_io *io, void *data,
				  struct vprep_error *ret_err);

/*
 * Lets a child process ask before the caller does, unless that question had an answer a
 * moment ago. @about: the question's name, of which the first characters count. What the
 * answer is does not matter. -ETIMEDOUT: there is none, so the caller must not ask. In a
 * child process, which has a deadline itself, and of a captured tree nobody asks before.
 */
int vprep_net_ask_first(const struct vprep_io *io, const char *about,
			vprep_net_question ask, void *data);

/* As strerror(), for facts that are among them of interfaces. */
const char *vprep_net_strerror(int r);

#endif
