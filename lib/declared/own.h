/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations of mediated devices that vfio-prep writes, each in a file of its own,
 * mdev-UUID.conf in the first of the folders.
 *
 * I1  The file is there as a whole or not at all. I2  A file in which anything stands
 * that was not written so is the administrator's, and is not touched.
 */
#ifndef VPREP_DECLARED_OWN_H
#define VPREP_DECLARED_OWN_H

#include "declared/declared.h"

/* The path of such a file; NULL: out of memory. */
char *vprep_declared_own_path(const char *folder, const struct vprep_uuid *uuid);

/* Writes it. *@ret_made, freed with free(), is the topmost folder that was made for it,
 * NULL when there was one. -EEXIST: there is a file of that name; -EINVAL: a name that no
 * line can hold. */
int vprep_declared_own_write(const struct vprep_io *io, const char *folder,
			     const struct vprep_config_mdev *mdev, char **ret_made,
			     struct vprep_error *err);

/* I2 */
bool vprep_declared_is_own(const struct vprep_io *io, const char *folder,
			   const struct vprep_declared_mdev *declared);

/* Whether the folder can be written. -EROFS and the like. */
int vprep_declared_own_check(const struct vprep_io *io, const char *folder);
/* -errno. */
int vprep_declared_own_remove(const struct vprep_io *io, const char *folder,
			      const struct vprep_uuid *uuid);

#endif
