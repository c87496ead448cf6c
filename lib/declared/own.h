/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations that vfio-prep writes, of one device each in a file of its own in the
 * first of the folders: mdev-UUID.conf, vport-WWPN.conf.
 *
 * I1  The file is there as a whole or not at all. I2  A file in which anything stands
 * that was not written so is the administrator's, and is not touched.
 */
#ifndef VPREP_DECLARED_OWN_H
#define VPREP_DECLARED_OWN_H

#include "declared/declared.h"

struct vprep_declared_own {
	char *name; /* of the file */
	char *text; /* all that is in it */
};

/* Such a file for a device. -EINVAL: a name that no line can hold. */
int vprep_declared_own_mdev(const struct vprep_config_mdev *mdev,
			    struct vprep_declared_own *ret);
int vprep_declared_own_vport(const struct vprep_vport_definition *d,
			     struct vprep_declared_own *ret);
void vprep_declared_own_done(struct vprep_declared_own *own);

/* NULL: out of memory. */
char *vprep_declared_own_path(const char *folder, const struct vprep_declared_own *own);

/* Writes it. *@ret_made, freed with free(), is the topmost folder that was made for it,
 * NULL when there was one. -EEXIST: there is a file of that name. */
int vprep_declared_own_write(const struct vprep_io *io, const char *folder,
			     const struct vprep_declared_own *own, char **ret_made,
			     struct vprep_error *err);

/* I2, of the device that @file declares, for which @own is what would be written. */
bool vprep_declared_is_own(const struct vprep_io *io, const char *folder,
			   const char *file, const struct vprep_declared_own *own);

/* Whether the folder can be written. -EROFS and the like. */
int vprep_declared_own_check(const struct vprep_io *io, const char *folder);
/* -errno. */
int vprep_declared_own_remove(const struct vprep_io *io, const char *folder,
			      const struct vprep_declared_own *own);

#endif
