/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choosing PCI devices by what they are: "vendor=8086 device=10ca pf=0000:05:00.1". All
 * words of a line must hold. A value may have the wildcards of a shell; a word without
 * one means a device that has no such thing ("driver=": unbound).
 */
#ifndef VPREP_MODEL_MATCH_H
#define VPREP_MODEL_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define VPREP_MATCH_NAME_MAX 32

/* What makes a value a pattern, as in a shell. */
#define VPREP_MATCH_WILDCARDS "*?["

enum vprep_match_key {
	VPREP_MATCH_ADDRESS,
	VPREP_MATCH_CLASS,
	VPREP_MATCH_DEVICE,
	VPREP_MATCH_DRIVER,
	VPREP_MATCH_GROUP,
	VPREP_MATCH_MAC,
	VPREP_MATCH_NUMA,
	VPREP_MATCH_PATH,
	VPREP_MATCH_PF,
	VPREP_MATCH_SERIAL,
	VPREP_MATCH_SLOT,
	VPREP_MATCH_SUBSYSTEM,
	VPREP_MATCH_VENDOR,
	VPREP_MATCH_KEYS,
};

struct vprep_match {
	char *patterns[VPREP_MATCH_KEYS]; /* NULL: anything */
};

/* Why the device at an address is not the one that somebody means. Strings belong to who
 * noted it. */
struct vprep_mismatch {
	const char *what; /* NULL: it is that one, or none is meant */
	const char *fix;
};

/* -EINVAL with what is wrong in *ret_expected. */
int vprep_match_parse(const char *text, struct vprep_match *ret,
		      const char **ret_expected);
void vprep_match_done(struct vprep_match *match);

/* The same words for the same match, in one order: "vendor=8086 pf=0000:05:00.1"; freed
 * with free(). NULL: out of memory. */
char *vprep_match_text(const struct vprep_match *match);

/* The name behind "@" that the physical function must have; NULL: none is said. */
const char *vprep_match_pf_name(const struct vprep_match *match);

/* "serial" */
const char *vprep_match_key_name(enum vprep_match_key key);

/* As a declared name could be: letters, digits, "_", "-" and ".", at most
 * VPREP_MATCH_NAME_MAX of them, and the first no ".". */
bool vprep_match_is_name(const char *name, size_t len);

#endif
