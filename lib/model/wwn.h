/* SPDX-License-Identifier: GPL-2.0-or-later */
/* World wide names of fibre channel. */
#ifndef VPREP_MODEL_WWN_H
#define VPREP_MODEL_WWN_H

#include <stdint.h>

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

#endif
