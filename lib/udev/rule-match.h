/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines of somebody's rule file bear on a node that a rule of ours gives away, as
 * far as that can be told from the text. Pure.
 *
 * Our rule assigns finally (":="), so no later line can assign otherwise. What it cannot
 * prevent is a final assignment in a file that comes before, and a program that a line
 * runs after all rules. This is not udevd's whole language: where a key is not known
 * here, or the device's value for it, the line may match; that it does is proven by udevd
 * alone.
 */
#ifndef VPREP_UDEV_RULE_MATCH_H
#define VPREP_UDEV_RULE_MATCH_H

#include <stdbool.h>

struct vprep_rule_line {
	unsigned number; /* of its first line in the file, from 1 */
	bool sets;	 /* owner, group or mode: ours prevents it, once udevd has it */
	bool assigns;	 /* the same, finally */
	bool runs;	 /* a program */
	bool certain;	 /* it matches; else it may */
	char what[64];	 /* the assignment, for people */
};

/* Where a scan of a file is; the rest starts as {0}. */
struct vprep_rule_scan {
	const char *text;  /* what is left of the file */
	const char *match; /* of our rule: what is known of the device */
	unsigned number;   /* of the line before */
	unsigned skip;	   /* what is before this line is jumped over for sure, */
	unsigned doubt;	   /* or perhaps */
	char sought[64];   /* the label last looked for, */
	unsigned found;	   /* and its line; 0: nowhere */
	bool failed;	   /* out of memory */
};

/* The next line that may match and has one of these effects. */
bool vprep_rule_scan_next(struct vprep_rule_scan *scan, struct vprep_rule_line *ret);

#endif
