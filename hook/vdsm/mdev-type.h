/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The custom property mdev_type, in every form that it has had. */
#ifndef VPREP_HOOK_VDSM_MDEV_TYPE_H
#define VPREP_HOOK_VDSM_MDEV_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#define VPREP_VDSM_MDEVS_MAX 16
#define VPREP_VDSM_TYPE_MAX 64

struct vprep_vdsm_mdev {
	char type[VPREP_VDSM_TYPE_MAX + 1]; /* has no character that XML gives a meaning */
	const char *placement;		    /* "compact", "separate"; NULL: none given */
};

struct vprep_vdsm_mdevs {
	bool nodisplay;
	size_t n; /* at least one */
	struct vprep_vdsm_mdev items[VPREP_VDSM_MDEVS_MAX];
};

/* "TYPE", "TYPE|PLACEMENT", several with commas between them, and "nodisplay" as the
 * first word. NULL, or what is wrong with it; then @ret means nothing. */
const char *vprep_vdsm_mdevs_parse(const char *text, struct vprep_vdsm_mdevs *ret);

#endif
