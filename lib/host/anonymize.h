/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces what identifies a machine: MAC addresses and UUIDs wherever they stand, and
 * values that were learnt to be secrets.
 *
 * I1  The same value is replaced by the same one, so that what belongs together still
 * does. I2  A replacement says nothing about the value but its form: they are numbered as
 * they come.
 */
#ifndef VPREP_BASE_CONCEAL_H
#define VPREP_BASE_CONCEAL_H

#include <stdbool.h>
#include <stddef.h>

struct vprep_anonymize;

/* NULL: out of memory. */
struct vprep_anonymize *vprep_anonymize_new(void);
void vprep_anonymize_free(struct vprep_anonymize *c);

static inline void vprep_anonymize_freep(struct vprep_anonymize **c)
{
	vprep_anonymize_free(*c);
}

/* What stands for the secret @value. NULL: out of memory. Borrowed. */
const char *vprep_anonymize_value(struct vprep_anonymize *c, const char *value);
/* @text with every MAC address and UUID replaced, and every secret that is long enough
 * not to be found by chance. NULL: out of memory. */
char *vprep_anonymize_text(struct vprep_anonymize *c, const char *text);

#endif
