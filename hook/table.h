/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aligned columns, with lines beneath a row that take the width that is left. */
#ifndef VPREP_HOOK_TABLE_H
#define VPREP_HOOK_TABLE_H

#include <stddef.h>

#include "out.h"

#define VPREP_TABLE_COLUMNS 7

struct vprep_table_row;

/* Starts as { .n_columns = … }. Everything is copied; out of memory ends the program. */
struct vprep_table {
	unsigned n_columns;
	unsigned right; /* bit N: column N is aligned to the right */
	size_t n_rows;
	struct vprep_table_row *rows;
};

void vprep_table_done(struct vprep_table *table);

/* The titles: a row in its own style. */
void vprep_table_head(struct vprep_table *table, const char *const *cells);

/* @cells has n_columns entries, NULL for an empty one. */
void vprep_table_add(struct vprep_table *table, const char *const *cells);

/* Gives a cell of the row added last a style. */
void vprep_table_style(struct vprep_table *table, unsigned column,
		       enum vprep_style style);

/* A line beneath, from @column on, where blanks at its beginning move it further. */
void vprep_table_note(struct vprep_table *table, unsigned column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void vprep_table_print(const struct vprep_table *table, struct vprep_out *out);

#endif
