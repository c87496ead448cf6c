// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "message.h"

#define GAP 2
/* The lines that continue a note begin so many columns further right. */
#define NOTE_HANG 2

struct vprep_table_row {
	bool is_note; /* has only cells[note_column], which can be wider than the column */
	unsigned note_column;
	char *cells[VPREP_TABLE_COLUMNS];
	enum vprep_style styles[VPREP_TABLE_COLUMNS];
};

void vprep_table_done(struct vprep_table *table)
{
	for (size_t i = 0; i < table->n_rows; i++)
		for (size_t j = 0; j < VPREP_TABLE_COLUMNS; j++)
			free(table->rows[i].cells[j]);
	free(table->rows);
	*table = (struct vprep_table){ 0 };
}

static struct vprep_table_row *new_row(struct vprep_table *table)
{
	struct vprep_table_row *row;

	assert(table->n_columns <= VPREP_TABLE_COLUMNS);
	row = vprep_array_add(table->rows, table->n_rows);
	if (!row)
		vprep_message_oom();
	return row;
}

/* Takes @text. A cell is one line, whatever is in it, and does not steer the terminal. */
static char *make_cell(char *text)
{
	if (!text)
		vprep_message_oom();
	vprep_str_make_printable(text);
	return text;
}

void vprep_table_add(struct vprep_table *table, const char *const *cells)
{
	struct vprep_table_row *row = new_row(table);

	for (unsigned i = 0; i < table->n_columns; i++)
		row->cells[i] = make_cell(strdup(cells[i] ? cells[i] : ""));
}

void vprep_table_head(struct vprep_table *table, const char *const *cells)
{
	vprep_table_add(table, cells);
	for (unsigned i = 0; i < table->n_columns; i++)
		vprep_table_style(table, i, VPREP_STYLE_HEAD);
}

void vprep_table_style(struct vprep_table *table, unsigned column, enum vprep_style style)
{
	assert(table->n_rows > 0 && column < table->n_columns);
	table->rows[table->n_rows - 1].styles[column] = style;
}

void vprep_table_note(struct vprep_table *table, unsigned column, const char *format, ...)
{
	struct vprep_table_row *row = new_row(table);
	va_list ap;

	assert(column < table->n_columns);
	row->is_note = true;
	row->note_column = column;
	va_start(ap, format);
	row->cells[column] = make_cell(vprep_vstrf(format, ap));
	va_end(ap);
}

static void measure(const struct vprep_table *table, unsigned *ret_widths)
{
	for (size_t i = 0; i < table->n_rows; i++)
		for (unsigned j = 0; j < table->n_columns; j++) {
			const struct vprep_table_row *row = &table->rows[i];
			unsigned width =
				row->is_note ? 0 : vprep_out_columns(row->cells[j]);

			if (width > ret_widths[j])
				ret_widths[j] = width;
		}
}

static void print_note(const struct vprep_table_row *row, const unsigned *widths,
		       struct vprep_out *out)
{
	const char *text = row->cells[row->note_column];
	unsigned at = (unsigned)strspn(text, " ");

	text += at;
	for (unsigned i = 0; i < row->note_column; i++)
		at += widths[i] + GAP;
	vprep_out_indent(out, at);
	vprep_out_wrapped(out, at, at + NOTE_HANG, text);
}

/* Blanks are printed when a cell follows, so that no line ends in one. */
static void print_row(const struct vprep_table *table, const struct vprep_table_row *row,
		      const unsigned *widths, struct vprep_out *out)
{
	unsigned at = 0, blanks = 0;

	for (unsigned i = 0; i < table->n_columns; i++) {
		const char *cell = row->cells[i];
		unsigned pad = widths[i] - vprep_out_columns(cell);
		bool right = table->right & 1U << i;

		if (*cell) {
			vprep_out_indent(out, blanks + (right ? pad : 0));
			blanks = right ? 0 : pad;
			if (i + 1 == table->n_columns && !row->styles[i]) {
				vprep_out_wrapped(out, at, at, cell);
				return;
			}
			vprep_out_styled(out, row->styles[i], cell);
		} else {
			blanks += pad;
		}
		blanks += GAP;
		at += widths[i] + GAP;
	}
	fputc('\n', out->to);
}

/* Rows may be wider than what is easy to read. */
static void print_row_wide(const struct vprep_table *table,
			   const struct vprep_table_row *row, const unsigned *widths,
			   struct vprep_out *out)
{
	unsigned prose = out->width;

	out->width = vprep_out_row_width(out);
	print_row(table, row, widths, out);
	out->width = prose;
}

void vprep_table_print(const struct vprep_table *table, struct vprep_out *out)
{
	unsigned widths[VPREP_TABLE_COLUMNS] = { 0 };

	measure(table, widths);
	for (size_t i = 0; i < table->n_rows; i++) {
		if (table->rows[i].is_note)
			print_note(&table->rows[i], widths, out);
		else
			print_row_wide(table, &table->rows[i], widths, out);
	}
}
