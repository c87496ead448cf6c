/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file with the domain XML, which VDSM reads again when its hooks have ended. */
#ifndef VPREP_HOOK_VDSM_FILE_H
#define VPREP_HOOK_VDSM_FILE_H

#include <stddef.h>

struct vprep_vdsm_file {
	int fd;
	char *text; /* terminated */
	size_t len;
};

/* Opens and reads the file, which must be a regular one and no link. -errno. */
int vprep_vdsm_file_open(const char *path, struct vprep_vdsm_file *ret);

/*
 * Writes @text over the content. The file stays the same one, with its owner, mode and
 * label. When writing fails, the old text is put back. -errno.
 */
int vprep_vdsm_file_replace(const struct vprep_vdsm_file *file, const char *text,
			    size_t len);
void vprep_vdsm_file_close(struct vprep_vdsm_file *file);

#endif
