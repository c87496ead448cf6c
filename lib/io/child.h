/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: what one may have of its parent, and how it is waited for.
 *
 * I1  Each is waited for by its number. A program with this library in it may ignore
 *     SIGCHLD, or wait for all children: then how one ended is not known, and nothing
 *     depends on that.
 */
#ifndef VPREP_IO_CHILD_H
#define VPREP_IO_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "io/io.h"

/*
 * For a child that was just forked by @parent: it dies with its parent, ignores signals
 * that are meant for the parent, has /dev/null as its standard files, and of the other
 * fds only the roots of @io, @pipe and @hold (0: none).
 */
void vprep_child_isolate(const struct vprep_io *io, int pipe, int hold, pid_t parent);

/* Kills the child; one that has ended already is left alone. */
void vprep_child_kill(pid_t pid);
/* Waits until the child has ended; its status as of waitpid(2), or 0 where it is not
 * known, see the next. */
int vprep_child_wait(pid_t pid);
/* Notes a child that has nothing more to do: its end may take longer than the next step
 * should wait. */
void vprep_child_wait_later(struct vprep_io *io, pid_t pid);
/* Waits for those of the noted children that are gone by now: a session may live long. */
void vprep_child_reap(struct vprep_io *io);
/* Waits for all noted children; they are gone at once. */
void vprep_child_done(struct vprep_io *io);

/*
 * Starts a program that may outlive this process, with no arguments from outside, an
 * empty environment and /dev/null as its files. Nobody waits for it. @path is absolute.
 */
int vprep_child_detach(struct vprep_io *io, const char *path, char *const argv[]);
/* Waits for the last program that was started so. -ETIMEDOUT: it goes on; -EPROTO: it
 * failed, as far as that is known. */
int vprep_child_wait_detached(struct vprep_io *io, unsigned milliseconds);

/* Start time of a process, in clock ticks since boot; -ESRCH when it is gone. */
int vprep_process_start(const struct vprep_io *io, pid_t pid, uint64_t *ret);

#endif
