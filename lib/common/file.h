/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, locks on them, directories, and the numbers of descriptors. */
#ifndef VPREP_COMMON_FILE_H
#define VPREP_COMMON_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Replaces the file with @content: temporary file ".NAME.tmp", fsync, rename. A file of
 * that temporary name that a crash left is overwritten. */
int vprep_file_replace(int dir, const char *name, const char *content, mode_t mode);
/* Makes the file with @content, which is there as a whole or not at all. -EEXIST: there
 * is one of that name. */
int vprep_file_create(int dir, const char *name, const char *content, mode_t mode);
/* Removes what a crash in vprep_file_replace() may have left. */
void vprep_file_remove_temporary(int dir, const char *name);

/* Whether the file is lost with the machine's power in any case: on a tmpfs. */
bool vprep_file_is_in_memory(int fd);
/* One write at the end of the file, which was opened with O_APPEND and is locked; and
 * fdatasync with @sync. A short write is -EIO. When it fails, the file is cut to its old
 * length. */
int vprep_file_append(int fd, const char *text, size_t len, bool sync);

/* One write of all @len bytes. A short write is -EIO. */
int vprep_fd_write(int fd, const char *text, size_t len);

/* What can be read from an fd, to the end or up to @max bytes; terminated, and *ret_len
 * is its length. */
int vprep_fd_read(int fd, size_t max, char **ret, size_t *ret_len);
/* The same of a whole regular file. -EINVAL: it is another kind of file; -EFBIG: it is
 * larger than @max. */
int vprep_file_read(int fd, size_t max, char **ret, size_t *ret_len);
/* The same of the file @name in the directory @dir, as text. -ELOOP: it is a link. */
int vprep_file_read_at(int dir, const char *name, size_t max, char **ret);

/* The names in an open directory, from where it is read, without "." and "..", in no
 * order. -ENOENT: it was removed meanwhile, or the process that it tells of has ended. */
int vprep_dir_names(int fd, char ***ret);
/* Of those, the folders; a link to one is none. */
int vprep_dir_folders(int fd, char ***ret);

/*
 * Opens the file and locks it exclusively until vprep_file_unlock(). When the file is
 * unlinked meanwhile, the file that has its name is opened and locked. While another
 * process has the lock, @wait is to get it for the fd, and its failure is returned; NULL:
 * nothing waits, and that is -EAGAIN. -ENOENT: there is no file, and @create is false. An
 * empty file that could not be locked, and is locked by nobody, is removed with @create.
 */
int vprep_file_lock(int dir, const char *name, bool create,
		    int (*wait)(int fd, void *data), void *data, int *ret_fd);

/* Ends the lock of flock(2), if there is one, and closes the fd, if it is not -1. Closing
 * alone leaves the lock to whoever has the fd, too: a process that the program has forked
 * meanwhile, for something else. */
void vprep_file_unlock(int *fd);

/* Removes a file of vprep_file_lock() when nothing was written to it, and nobody else has
 * it locked. */
void vprep_file_remove_empty(int dir, const char *name, int fd);

/* Opens the file and takes another lock on it, which has nothing to do with that of
 * vprep_file_lock(): children that inherit the fd keep this lock when their parent is
 * gone. -EINPROGRESS: another process has it. */
int vprep_file_hold(int dir, const char *name, int *ret_fd);
/* Ends that lock, also for children that still have the fd. */
void vprep_file_let_go(int fd);

/* Gives an open fd another number when it has one of stdin, stdout and stderr, which is
 * so when those are closed. */
int vprep_fd_above_stdio(int *fd);

/* Opens /dev/null for each of stdin, stdout and stderr that is closed. Else the next file
 * that is opened would get that number, and our answer or messages. */
int vprep_fds_open_missing(void);

/* Closes all descriptors but these three. */
void vprep_fds_close_inherited(void);

#endif
