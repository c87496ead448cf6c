/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that the kernel may never answer: who asks waits in it for a driver that
 * hangs with a lock, and cannot be ended. One such lock (RTNL) is that of all network
 * interfaces; some attributes of a USB device wait for the device's own.
 */
#ifndef VPREP_IO_ASK_FIRST_H
#define VPREP_IO_ASK_FIRST_H

#include "vfio-prep.h"
#include "io/io.h"

#define VPREP_ANSWER_SECONDS 5 /* then a question counts as one without an answer */

typedef int (*vprep_io_question)(struct vprep_io *io, void *data,
				 struct vprep_error *ret_err);

/*
 * Lets a child process ask before the caller does, unless the same was asked a moment ago.
 * @lock: what the answer may wait for, "net" or the name of a USB device: once one of its
 * questions has no answer, none has for a moment. @about: what is asked about. What the
 * answer is does not matter. -ETIMEDOUT: there is none, so the caller must not ask. In a
 * child process, which has a deadline itself, and of a captured tree nobody asks before.
 */
int vprep_io_ask_first(const struct vprep_io *io, const char *lock, const char *about,
		       vprep_io_question ask, void *data);

#endif
