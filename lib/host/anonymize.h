/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces what identifies a machine: whatever has the form of an address or of a unique
 * identifier (anonymize-shape.c), and the values that vprep_anonymize_value() was asked
 * for, wherever they stand again.
 *
 * I1  A value has the same replacement everywhere, in each of its notations, so that one
 *     can still see what belongs together.
 * I2  A replacement says nothing about the value but its form: values are numbered in the
 *     order in which they come.
 */
#ifndef VPREP_HOST_ANONYMIZE_H
#define VPREP_HOST_ANONYMIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

struct vprep_anonymize;

/* NULL: out of memory. */
struct vprep_anonymize *vprep_anonymize_new(void);
void vprep_anonymize_free(struct vprep_anonymize *a);
DEFINE_CLEANUP(struct vprep_anonymize, vprep_anonymize_free);

/* Where a text is from. */
enum vprep_anonymize_text {
	/* Names and values of the kernel's: a secret is found in it when it is long
	 * enough and has a digit, so that it does not stand there by chance. */
	VPREP_ANONYMIZE_KERNEL,
	/* What people and programs have named: any secret that is a word is found. */
	VPREP_ANONYMIZE_WORDS,
};

/* The replacement of the secret @value, which is a secret everywhere from now on. It
 * lives as long as @a. NULL: out of memory. */
const char *vprep_anonymize_value(struct vprep_anonymize *a, const char *value);
/* @text with all that has the form of a secret, and every known secret, replaced. NULL:
 * out of memory. */
char *vprep_anonymize_text(struct vprep_anonymize *a, const char *text,
			   enum vprep_anonymize_text from);
/* The host's name is a secret as a word in any text, unless @is_word: then it is one that
 * the kernel uses for something, too. -ENOMEM. */
int vprep_anonymize_host(struct vprep_anonymize *a, const char *name, bool is_word);

/* --- for anonymize-*.c --- */

/* Hexadecimal digits in lower case, and as many in their place. NULL: out of memory. */
const char *vprep_anonymize_hex(struct vprep_anonymize *a, const char *hex);
/* A secret with a replacement of its own form: a format with the number of the secret. */
const char *vprep_anonymize_numbered(struct vprep_anonymize *a, const char *value,
				     const char *(*make)(struct vprep_anonymize *a,
							 const char *value,
							 unsigned number));
/* A string of the anonymizer's, which lives as long. */
const char *vprep_anonymize_keep(struct vprep_anonymize *a, char *text);

#endif
