/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens what is below a folder, and nothing else: a link or ".." that leads out is no way
 * out, and a link that is no path (/proc/PID/fd/3) is not followed.
 *
 * I1  It holds where the kernel or a container's filter has no openat2(2), too.
 */
#ifndef VPREP_IO_WITHIN_H
#define VPREP_IO_WITHIN_H

#include <stdint.h>

/*
 * @resolve is one of openat2(2): RESOLVE_BENEATH, with which what leads out is -EXDEV, or
 * RESOLVE_IN_ROOT, with which the folder stands for "/". O_CLOEXEC is added.
 *
 * The kernel gives up with EAGAIN where ".." is resolved while anything at all is renamed
 * or mounted on the host, which says nothing about the path: that is tried again.
 */
int vprep_open_within(int base, const char *path, int flags, uint64_t resolve);

/* The same in a tree that anybody may have made: of files, only regular ones are opened,
 * and only for reading. -EROFS, -EINVAL; -EISDIR without O_DIRECTORY or O_PATH. */
int vprep_open_captured(int base, const char *path, int flags, uint64_t resolve);

#endif
