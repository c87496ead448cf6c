/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of all that is read through lib/io, of which a captured tree can be made: files,
 * links and folders under their paths without links, and the links on the way to them.
 *
 * I1  Only sysfs, tables of procfs and udevd's database: nothing of processes, no nodes.
 * I2  Logging never makes a read fail. When memory runs out for the log,
 *     vprep_access_log_items() fails.
 */
#ifndef VPREP_IO_ACCESS_LOG_H
#define VPREP_IO_ACCESS_LOG_H

#include "io/io.h"

enum vprep_access_log_kind {
	VPREP_ACCESS_LOG_FOLDER,
	VPREP_ACCESS_LOG_FILE,
	VPREP_ACCESS_LOG_LINK,
};

struct vprep_access_log_item {
	enum vprep_access_log_kind kind;
	char *path;    /* "sys/devices/…" */
	char *content; /* of a file, or a link's target; NULL: none */
	size_t len;
	bool is_binary;
	off_t size; /* of a binary file, which may be larger than what was read */
};

struct vprep_access_log;

/* NULL: out of memory. */
struct vprep_access_log *vprep_access_log_new(void);
void vprep_access_log_free(struct vprep_access_log *log);

/* Called by lib/io for what was just read. @path is the one that was asked for. */
void vprep_access_log_file(const struct vprep_io *io, enum vprep_root root,
			   const char *path, int fd, const char *text);
void vprep_access_log_binary(const struct vprep_io *io, enum vprep_root root,
			     const char *path, int fd);
void vprep_access_log_link(const struct vprep_io *io, enum vprep_root root,
			   const char *path, const char *target);
void vprep_access_log_folder(const struct vprep_io *io, enum vprep_root root,
			     const char *path, int fd, char *const *names);
void vprep_access_log_exists(const struct vprep_io *io, enum vprep_root root,
			     const char *path, int fd);

/* The items, sorted by path. -ENOMEM: the log is not complete. */
int vprep_access_log_items(struct vprep_access_log *log,
			   const struct vprep_access_log_item **ret, size_t *ret_n);

#endif
