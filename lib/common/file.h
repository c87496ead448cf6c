/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, locks on them, and directories. */
#ifndef VPREP_COMMON_FILE_H
#define VPREP_COMMON_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Replaces the file with @content: temporary file ".NAME.tmp", fsync, rename. A file of
 * that temporary name that a crash left is overwritten. */
int vprep_file_replace(int dir, const char *name, const char *content, mode_t mode);
/* Removes what a crash in vprep_file_replace() may have left. */
void vprep_file_remove_temporary(int dir, const char *name);

/* One write at the end of the file, and fdatasync. A short write is -EIO. What fails is
 * cut off again. */
int vprep_file_append(int fd, const char *text, size_t len);

/* What can be read from an fd, to the end or up to @max bytes; terminated, and *ret_len
 * is its length. */
int vprep_fd_read(int fd, size_t max, char **ret, size_t *ret_len);
/* The same of a whole regular file. -EINVAL: it is another kind of file; -EFBIG: it is
 * larger than @max. */
int vprep_file_read(int fd, size_t max, char **ret, size_t *ret_len);

/* Opens the directory @name in the directory @at, for readdir(3). */
int vprep_dir_open(int at, const char *name, DIR **ret);
/* The same of an fd, which is -1 when the DIR has it. The fd may be -1, with its errno. */
int vprep_dir_take(int *fd, DIR **ret);

/*
 * Opens the file and locks it exclusively until the fd is closed. A file that was
 * unlinked while we waited is opened anew. -EAGAIN: somebody else has it (with @wait:
 * never). Without @create, -ENOENT when there is none; a file that was made and could
 * not be locked is removed.
 */
int vprep_file_lock(int dir, const char *name, bool create, bool wait, int *ret_fd);

/* Of a file that was opened to be made: removes it again when nothing is in it. */
void vprep_file_remove_empty(int dir, const char *name, int fd);

/* Another lock on the file, beside that of vprep_file_lock(): children that have the fd
 * keep it when their parent is gone. -EINPROGRESS: somebody has it. */
int vprep_file_hold(int dir, const char *name, int *ret_fd);
/* Ends that lock, whoever still has the fd. */
void vprep_file_let_go(int fd);

/* Moves an open fd out of the way of stdin, stdout and stderr, should those be closed. */
int vprep_fd_above_stdio(int *fd);

#endif
