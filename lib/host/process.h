/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of this host, as /proc shows them. */
#ifndef VPREP_HOST_PROCESS_H
#define VPREP_HOST_PROCESS_H

#include "io/io.h"

/* Whether reading a process failed only because it has ended or is somebody else's. */
bool vprep_process_is_out_of_sight(int r);

/* Whether a process is gone or about to be: it was killed, or is at its end, which takes
 * time while the kernel takes much memory back. */
bool vprep_process_is_ending(const struct vprep_io *io, pid_t pid);

/* The arguments of a process, each terminated, in one block of *@ret_len bytes with a NUL
 * behind it. None of one that is out of sight. */
int vprep_process_arguments(const struct vprep_io *io, const char *pid, char **ret,
			    size_t *ret_len);

/* Who started the process, whatever it has become since. -ESRCH: it is out of sight. */
int vprep_process_uid(const struct vprep_io *io, const char *pid, uid_t *ret);

/* How much memory devices keep in place for the process, in bytes. -ESRCH: it is out of
 * sight, or has no memory of its own. */
int vprep_process_pinned(const struct vprep_io *io, pid_t pid, uint64_t *ret);

/*
 * The QEMU that runs the guest of that uuid (in lower case). Anybody can start a process
 * that looks like it, so only those count that @is_trusted answers 1 to: -ESRCH there is
 * none; -ENOTUNIQ there are several, so that it is not known which.
 */
int vprep_process_of_guest(const struct vprep_io *io, const char *uuid,
			   int (*is_trusted)(void *data, const char *pid), void *data,
			   pid_t *ret, uint64_t *ret_start);

#endif
