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

struct vprep_conceal;

/* NULL: out of memory. */
struct vprep_conceal *vprep_conceal_new(void);
void vprep_conceal_free(struct vprep_conceal *c);

static inline void vprep_conceal_freep(struct vprep_conceal **c)
{
	vprep_conceal_free(*c);
}

/* What stands for the secret @value. NULL: out of memory. Borrowed. */
const char *vprep_conceal_value(struct vprep_conceal *c, const char *value);
/* @text with every MAC address and UUID replaced, and every secret that is long enough
 * not to be found by chance. NULL: out of memory. */
char *vprep_conceal_text(struct vprep_conceal *c, const char *text);

#endif
