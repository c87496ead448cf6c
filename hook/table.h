/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables with aligned columns. A row can have notes: lines beneath it that are wrapped. */
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

/* Adds the row of titles. */
void vprep_table_head(struct vprep_table *table, const char *const *cells);

/* Adds a row. @cells has n_columns entries, NULL for an empty one. */
void vprep_table_add(struct vprep_table *table, const char *const *cells);

/* Gives a cell of the row added last a style. */
void vprep_table_style(struct vprep_table *table, unsigned column,
		       enum vprep_style style);

/* Adds a note to the row added last. It begins at @column; blanks at its beginning move
 * it further right. */
void vprep_table_note(struct vprep_table *table, unsigned column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void vprep_table_print(const struct vprep_table *table, struct vprep_out *out);

#endif
