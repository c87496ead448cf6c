/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer for stdout.
 *
 * I1  It is collected in memory and written at the end: a reader that stalls holds up
 *     nothing but the last write.
 * I2  A failed write is told and fails the command.
 */
#ifndef VPREP_HOOK_OUT_H
#define VPREP_HOOK_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/json.h"

enum vprep_style {
	VPREP_STYLE_PLAIN,
	VPREP_STYLE_HEAD,
	VPREP_STYLE_GOOD,
	VPREP_STYLE_WARN,
	VPREP_STYLE_BAD,
};

struct vprep_out {
	FILE *to;
	bool colour;
	unsigned width; /* columns to fill, 0: lines are never broken */
	char *text;
	size_t len, sent;
	struct vprep_json_document json; /* see vprep_out_json() */
};

/* Ends the program when out of memory. */
void vprep_out_init(struct vprep_out *out);

/* Writes everything. Returns @status, or 1 in place of 0 when writing failed. */
int vprep_out_finish(struct vprep_out *out, int status);

/* Writes what there is so far. -errno: it could not be written, and is dropped. */
int vprep_out_now(struct vprep_out *out);

/* Columns that UTF-8 text takes, all characters being one wide. */
unsigned vprep_out_columns(const char *text);

/* Cuts UTF-8 text to so many columns, the last three of them dots. In place. */
void vprep_out_shorten(char *text, unsigned columns);

/* Adds the text of @out->json, which a verb has built. Ends the program when memory ran
 * out in any of the calls that built it. */
void vprep_out_json(struct vprep_out *out);

/* @n blanks. */
void vprep_out_indent(struct vprep_out *out, unsigned n);

/* @text in @style, where the terminal has colours. */
void vprep_out_styled(struct vprep_out *out, enum vprep_style style, const char *text);

/* @text and a newline, with the cursor at column @at already; what does not fit is
 * continued on lines that begin at column @indent. */
void vprep_out_wrapped(struct vprep_out *out, unsigned at, unsigned indent,
		       const char *text);

#endif
