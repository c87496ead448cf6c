/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces what identifies a machine: MAC addresses and UUIDs wherever they stand, and
 * the values that vprep_anonymize_value() was asked for.
 *
 * I1  A value has the same replacement everywhere, so that one can still see what belongs
 *     together.
 * I2  A replacement says nothing about the value but its form: values are numbered in the
 *     order in which they come.
 */
#ifndef VPREP_HOST_ANONYMIZE_H
#define VPREP_HOST_ANONYMIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"

struct vprep_anonymize;

/* NULL: out of memory. */
struct vprep_anonymize *vprep_anonymize_new(void);
void vprep_anonymize_free(struct vprep_anonymize *a);
DEFINE_CLEANUP(struct vprep_anonymize, vprep_anonymize_free);

/* The replacement of the secret @value, which is a secret everywhere from now on. It
 * lives as long as @a. NULL: out of memory. */
const char *vprep_anonymize_value(struct vprep_anonymize *a, const char *value);
/* @text with every MAC address and UUID replaced, and every secret that is long enough
 * not to be found by chance. NULL: out of memory. */
char *vprep_anonymize_text(struct vprep_anonymize *a, const char *text);

#endif
