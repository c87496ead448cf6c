/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual port of a fibre channel host (NPIV) that is to be. */
#ifndef VPREP_MODEL_VPORT_H
#define VPREP_MODEL_VPORT_H

#include "model/wwn.h"

struct vprep_vport_definition {
	const char *parent; /* the kernel's name of the host, "host3"; NULL: as the next
			     * ones say, else any that makes vports */
	uint64_t parent_wwpn, parent_wwnn; /* 0: not given, as all names here */
	uint64_t parent_fabric;
	uint64_t wwpn, wwnn; /* 0: to be made up */
};

/* "vport_2101001b32a90002": by its WWPN, as the journal and messages have it. */
struct vprep_vport_name {
	char s[sizeof("vport_") - 1 + sizeof(struct vprep_wwn_text)];
};

struct vprep_vport_name vprep_vport_name(uint64_t wwpn);
/* -EINVAL: it is no such name. */
int vprep_vport_name_parse(const char *text, uint64_t *ret_wwpn);

#endif
