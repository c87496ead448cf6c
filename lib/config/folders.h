/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files NAME.conf of several folders, such as those of the administrator in /etc and
 * those of packages in /usr/lib.
 *
 * I1  They are read in the order of their names, whichever folder has them.
 * I2  Of two files of the same name, the one in the earlier folder counts alone; an empty
 *     one, or a link to /dev/null, says nothing.
 */
#ifndef VPREP_CONFIG_FOLDERS_H
#define VPREP_CONFIG_FOLDERS_H

#include "io/io.h"
#include "vfio-prep.h"

/* Reads one file, which is open; @path is that of the host. */
typedef int (*vprep_config_file_fn)(void *data, int fd, const char *path,
				    struct vprep_error *err);

/* A file by absolute path, to be read: of the host that @io looks at, or, where that is
 * NULL, of this machine. -ENOENT. */
int vprep_config_open(const struct vprep_io *io, const char *path, int flags);
/* The path as people know it. NULL: out of memory. */
char *vprep_config_path(const struct vprep_io *io, const char *path);

/* Each file of the folders, which need not be there, and what @read gives. The first
 * error ends it. */
int vprep_config_folders_read(const struct vprep_io *io, char *const *folders,
			      vprep_config_file_fn read, void *data,
			      struct vprep_error *err);

#endif
