/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for a lock in the line that the kernel keeps, and not for ever: whoever has the
 * lock may have it as long as the patience says, and the next in the line as long again. */
#ifndef VPREP_JOURNAL_LOCK_WAIT_H
#define VPREP_JOURNAL_LOCK_WAIT_H

#include <stdint.h>

#include "io/io.h"

struct vprep_lock_wait {
	const struct vprep_io *io;
	const struct vprep_io_patience *patience;
	int64_t end; /* vprep_now_ms() at which the patience with the holder is over */
};

/*
 * Locks an open file as flock(2) does with LOCK_EX; for vprep_file_lock(), where @data is
 * a struct vprep_lock_wait. -ETIMEDOUT: one process had it all the time; -EINTR: it was
 * interrupted; -EAGAIN: there is no process to be had that would wait.
 */
int vprep_lock_wait(int fd, void *data);

#endif
