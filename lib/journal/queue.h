/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for devices of which declared names, in the order of coming: one file a
 * waiter, /run/vfio-prep/waiting/NUMBER, which lists the names, a line each.
 *
 * I1  A waiter has its file locked. One whose file is not locked has ended, and counts no
 *     more.
 * I2  Files come and go under the global lock. Without waiters there is no folder.
 */
#ifndef VPREP_JOURNAL_QUEUE_H
#define VPREP_JOURNAL_QUEUE_H

#include "io/io.h"
#include "journal/journal.h"
#include "vfio-prep.h"

struct vprep_queue_place {
	int fd;		 /* of the file, locked; -1: none */
	uint64_t number; /* from 1 */
};

/* Those who wait for a name before somebody. */
struct vprep_queue_ahead {
	unsigned n;
	pid_t first; /* one of them, for who does not wait; 0: not known */
};

/* Stands in line for the names, behind all who do. @names: NULL-terminated. Errors as
 * vprep_store_lock(), and of files. */
int vprep_queue_join(const struct vprep_io *io, char *const *names,
		     struct vprep_queue_place *ret, struct vprep_error *err);
/* Leaves the line; @place may be none. */
void vprep_queue_leave(const struct vprep_io *io, struct vprep_queue_place *place);

/* Who waits for @name before that number; 0: all who do. Reads only. -ENOMEM, -EIO;
 * -EACCES, -EPERM: the folder is root's to read. */
int vprep_queue_look(const struct vprep_io *io, const char *name, uint64_t number,
		     struct vprep_queue_ahead *ret);

/* Under the global lock: removes the files of those who have ended, and the folder when
 * it is empty. @state: /run/vfio-prep. */
void vprep_queue_tidy(int state);

#endif
