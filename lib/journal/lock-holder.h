/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process has a lock that we wait for. */
#ifndef VPREP_JOURNAL_LOCK_HOLDER_H
#define VPREP_JOURNAL_LOCK_HOLDER_H

#include "io/io.h"

/* "pid 4711 (vfio-prep)", for messages. */
struct vprep_lock_holder {
	char text[64];
};

/* Of an open file. 0 when the kernel does not tell, or it is free. It may be a child that
 * waited for its parent, and has ended. */
int vprep_lock_holder_pid(const struct vprep_io *io, int fd);

/* Of the global lock. "another process" when the kernel does not tell. */
struct vprep_lock_holder vprep_lock_holder_of_store(const struct vprep_io *io);
/* The same of an owner's journal. */
struct vprep_lock_holder vprep_lock_holder_of_journal(const struct vprep_io *io,
						      const char *id);

#endif
