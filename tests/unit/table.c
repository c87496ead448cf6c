// SPDX-License-Identifier: GPL-2.0-or-later
/* Columns, notes, wide characters, and what must not reach a terminal. */
#include "table.h"

#include "command-test.h"

static void print(const struct vprep_table *table, unsigned width, bool colour,
		  const char *expected)
{
	_cleanup_free_ char *text = NULL;
	struct vprep_out out;

	out_begin(&out, width);
	out.colour = colour;
	vprep_table_print(table, &out);
	text = out_end(&out);
	assert_string_equal(text, expected);
}

#define add(table, ...) vprep_table_add(table, (const char *const[]){ __VA_ARGS__ })

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 3,
								 .right = 1U << 1 };

	(void)state;
	add(&table, "a", "1", "x");
	add(&table, "long", "100", "y");
	add(&table, "b", NULL, NULL);
	add(&table, NULL, "20", NULL);
	print(&table, 0, false,
	      "a       1  x\n"
	      "long  100  y\n"
	      "b\n"
	      "       20\n");
}

static void a_character_is_one_column_however_many_bytes_it_has(void **state)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	(void)state;
	add(&table, "caf\xc3\xa9", "x");
	add(&table, "\xe2\x82\xac", "y");
	add(&table, "plain", "z");
	print(&table, 0, false,
	      "caf\xc3\xa9   x\n"
	      "\xe2\x82\xac      y\n"
	      "plain  z\n");
}

static void a_narrow_terminal_breaks_the_last_column(void **state)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	(void)state;
	add(&table, "key", "one two three four five six seven");
	print(&table, 30, false,
	      "key  one two three four five\n"
	      "     six seven\n");
	/* not where there is no room for a word or two */
	print(&table, 20, false, "key  one two three four five six seven\n");
}

static void a_note_stands_beneath_its_row(void **state)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	(void)state;
	add(&table, "12", "yes");
	vprep_table_note(&table, 1, "! %s", "one two three four five six");
	vprep_table_note(&table, 0, "  more");
	add(&table, "13", "no");
	print(&table, 30, false,
	      "12  yes\n"
	      "    ! one two three four five\n"
	      "      six\n"
	      "  more\n"
	      "13  no\n");
}

static void a_style_takes_no_columns(void **state)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	(void)state;
	vprep_table_head(&table, (const char *const[]){ "A", "B" });
	add(&table, "good", "x");
	vprep_table_style(&table, 0, VPREP_STYLE_GOOD);
	print(&table, 0, false, "A     B\ngood  x\n");
	print(&table, 0, true,
	      "\033[1mA\033[0m     \033[1mB\033[0m\n"
	      "\033[32mgood\033[0m  x\n");
}

static void a_cell_is_one_line_that_steers_nothing(void **state)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	(void)state;
	add(&table, "a\nb\x1b[31m", "x\xe2\x80\xae\xff");
	vprep_table_note(&table, 0, "owner: %s", "web\r\x9b");
	print(&table, 0, false,
	      "a?b?[31m  x????\n"
	      "owner: web??\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(columns_are_as_wide_as_their_widest_cell),
		TEST(a_character_is_one_column_however_many_bytes_it_has),
		TEST(a_narrow_terminal_breaks_the_last_column),
		TEST(a_note_stands_beneath_its_row),
		TEST(a_style_takes_no_columns),
		TEST(a_cell_is_one_line_that_steers_nothing),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
