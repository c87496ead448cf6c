/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer of a verb, for stdout.
 *
 * I1  It is collected in memory and written at the end, so that a slow reader does not
 *     keep a verb from its work.
 * I2  When it cannot be written, there is a message and the command fails.
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
	unsigned width;	   /* columns to fill, 0: lines are never broken */
	unsigned terminal; /* all columns that there are; 0: no more than those */
	char *text;
	size_t len, sent;
	struct vprep_json_document json; /* see vprep_out_json() */
	const char *stays; /* what is left on the host if nobody gets the answer */
};

/* Ends the program when out of memory. */
void vprep_out_init(struct vprep_out *out);

/* Writes everything. Returns @status; when writing failed, 1 in place of 0, and 4 if
 * something stays then, which is told. */
int vprep_out_finish(struct vprep_out *out, int status);

/* Writes what was collected so far. When that fails it is dropped. -errno. */
int vprep_out_now(struct vprep_out *out);

/* The columns that a row of a table may fill; 0: it is never broken. */
unsigned vprep_out_row_width(const struct vprep_out *out);

/* The columns that UTF-8 text takes. Every character counts as one column. */
unsigned vprep_out_columns(const char *text);

/* Cuts UTF-8 text that is longer to so many columns, three dots at its end included. */
void vprep_out_shorten(char *text, unsigned columns);

/* Adds the text of @out->json, which a verb has built. Ends the program when memory ran
 * out in any of the calls that built it. */
void vprep_out_json(struct vprep_out *out);

/* Adds @n blanks. */
void vprep_out_indent(struct vprep_out *out, unsigned n);

/* Adds @text, in @style if the output has colours. */
void vprep_out_styled(struct vprep_out *out, enum vprep_style style, const char *text);

/* Adds @text and a newline. The line has @at columns already; what does not fit goes on
 * in lines that begin at column @indent. */
void vprep_out_wrapped(struct vprep_out *out, unsigned at, unsigned indent,
		       const char *text);

#endif
