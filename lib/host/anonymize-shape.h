/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be seen to be a secret by its form: MAC and IP addresses, UUIDs, world wide
 * names, and names of iSCSI and NVMe over fabrics.
 */
#ifndef VPREP_HOST_ANONYMIZE_SHAPE_H
#define VPREP_HOST_ANONYMIZE_SHAPE_H

#include "host/anonymize.h"

#define VPREP_SHAPE_MAX 128

/* 1: a secret begins at @s, which is in the text that begins at @start; its length, and
 * what is to stand in its place. 0: none does. -ENOMEM. */
int vprep_shape_find(struct vprep_anonymize *a, const char *start, const char *s,
		     size_t *ret_len, char replacement[static VPREP_SHAPE_MAX]);

/* The 32 digits of an IPv6 address, in the same place. -ENOMEM. */
int vprep_shape_ipv6(struct vprep_anonymize *a, char digits[static 33]);
/* An IPv4 address as text. NULL: out of memory. */
const char *vprep_shape_ipv4(struct vprep_anonymize *a, const char *address);

#endif
