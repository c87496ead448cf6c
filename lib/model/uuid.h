/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UUIDs: parsing and writing them. */
#ifndef VPREP_MODEL_UUID_H
#define VPREP_MODEL_UUID_H

#include <stdbool.h>
#include <stdint.h>

struct vprep_uuid {
	uint8_t bytes[16];
};

/* Lower case, with its four dashes. */
struct vprep_uuid_text {
	char s[sizeof("6a28e9f6-6627-49b8-8c24-741ab810ecc0")];
};

struct vprep_uuid_text vprep_uuid_text(const struct vprep_uuid *uuid);

/*
 * The forms that libvirt's virUUIDParse() takes: 32 hex digits, dashes and blanks before
 * each pair as they come, white space around the whole. -EINVAL.
 */
int vprep_uuid_parse(const char *s, struct vprep_uuid *ret);

bool vprep_uuid_same(const struct vprep_uuid *a, const struct vprep_uuid *b);

#endif
