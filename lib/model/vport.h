/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual ports of fibre channel hosts (NPIV), and their names. */
#ifndef VPREP_MODEL_VPORT_H
#define VPREP_MODEL_VPORT_H

#include <stdint.h>

/* ---- world wide names ---- */

struct vprep_wwn_text {
	char s[sizeof("0123456789abcdef")];
};

/* 16 hexadecimal digits, with or without 0x before them. -EINVAL, also for 0, which is no
 * name. */
int vprep_wwn_parse(const char *text, uint64_t *ret);
struct vprep_wwn_text vprep_wwn_text(uint64_t wwn);

/* Makes a name of @random, of the form that a vendor's has (NAA 5), with the
 * organisation's number that QEMU and libvirt use for such names. */
uint64_t vprep_wwn_make_up(uint64_t random);

/* "WWPN:WWNN", as a vport is written. -EINVAL. */
int vprep_wwn_pair_parse(const char *text, uint64_t *ret_wwpn, uint64_t *ret_wwnn);

/* ---- vports ---- */

/* One that is to be. */
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
