// SPDX-License-Identifier: GPL-2.0-or-later
/* A journal that was damaged: never read as something that was not written. */
#include <errno.h>

#include "journal-text.h"
#include "test.h"

struct original {
	struct vprep_buf text;
	struct text_journal journal;
};

static void make(struct original *o)
{
	*o = (struct original){ 0 };
	text_add_journal(&o->text);
	assert_int_equal(text_parse(&o->journal, o->text.data, o->text.len), 0);
	assert_true(o->journal.steps.n > 0 && !vprep_step_kinds[o->journal.steps.n]);
}

static void done(struct original *o)
{
	text_done(&o->journal);
	vprep_buf_done(&o->text);
}

/* The line (from 1) that a byte is in. */
static unsigned line_of(const struct original *o, size_t at)
{
	unsigned line = 1;
	size_t i;

	for (i = 0; i < at; i++)
		line += o->text.data[i] == '\n';
	return line;
}

/* What one reads from the first whole lines of the original. */
static void check_prefix(const struct original *o, const struct text_journal *got,
			 size_t len)
{
	struct text_journal want;
	size_t i;

	assert_int_equal(text_parse(&want, o->text.data,
				    vprep_record_whole(o->text.data, len)),
			 0);
	assert_int_equal(got->steps.n, want.steps.n);
	for (i = 0; i < want.steps.n; i++)
		text_check_same_step(&want.steps.items[i], &got->steps.items[i]);
	text_done(&want);
}

static void a_journal_cut_anywhere_is_its_whole_lines(void **state)
{
	struct original o;
	size_t len;

	(void)state;
	make(&o);
	for (len = 0; len <= o.text.len; len++) {
		struct text_journal got;
		/* of exactly that size, so that a read past the end is seen */
		_cleanup_free_ char *copy = malloc(len ? len : 1);

		memcpy(copy, o.text.data, len);
		if (text_parse(&got, copy, len) != 0)
			fail_msg("cut at %zu: %s", len, got.err.message);
		check_prefix(&o, &got, len);
		text_done(&got);
	}
	done(&o);
}

static void check_flipped(const struct original *o, const char *text, size_t at)
{
	unsigned line = line_of(o, at);
	struct text_journal got;
	char want[16];
	int r = text_parse(&got, text, o->text.len);

	if (at == o->text.len - 1) { /* the last newline: a torn line */
		assert_int_equal(r, 0);
		check_prefix(o, &got, at);
		text_done(&got);
		return;
	}
	if (r == 0)
		text_done(&got);
	snprintf(want, sizeof(want), "line %u: ", line);
	if (r != -EBADMSG || strncmp(got.err.message, want, strlen(want)) != 0)
		fail_msg("byte %zu as 0x%02x instead of 0x%02x in line %u: %d, '%s'", at,
			 (unsigned char)text[at], (unsigned char)o->text.data[at], line,
			 r, got.err.message);
}

static void a_flipped_bit_is_refused_with_its_line(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct original o;
	size_t at;
	int bit;

	(void)state;
	make(&o);
	text = strndup(o.text.data, o.text.len);
	for (at = 0; at < o.text.len; at++)
		for (bit = 0; bit < 8; bit += 1 + (bit > 0)) {
			text[at] = (char)(o.text.data[at] ^ 1 << bit);
			check_flipped(&o, text, at);
			text[at] = o.text.data[at];
		}
	done(&o);
}

static void a_replaced_byte_is_refused_with_its_line(void **state)
{
	static const char bytes[] = { '\0', '\n', '"', '}', ' ', '0' };
	_cleanup_free_ char *text = NULL;
	struct original o;
	size_t at, i;

	(void)state;
	make(&o);
	text = strndup(o.text.data, o.text.len);
	for (at = 0; at + 1 < o.text.len; at++)
		for (i = 0; i < sizeof(bytes); i++) {
			if (o.text.data[at] == bytes[i])
				continue;
			text[at] = bytes[i];
			check_flipped(&o, text, at);
			text[at] = o.text.data[at];
		}
	done(&o);
}

static void a_lost_or_doubled_byte_is_refused(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct original o;
	struct text_journal got;
	size_t at;

	(void)state;
	make(&o);
	text = malloc(o.text.len + 1);
	for (at = 0; at + 1 < o.text.len; at++) {
		memcpy(text, o.text.data, at);
		memcpy(text + at, o.text.data + at + 1, o.text.len - at - 1);
		assert_int_equal(text_parse(&got, text, o.text.len - 1), -EBADMSG);
		memcpy(text, o.text.data, at + 1);
		memcpy(text + at + 1, o.text.data + at, o.text.len - at);
		assert_int_equal(text_parse(&got, text, o.text.len + 1), -EBADMSG);
	}
	done(&o);
}

/* A hole of zeroes, as a file system leaves one after a crash. */
static void a_zeroed_part_is_refused(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct original o;
	size_t at, len;

	(void)state;
	make(&o);
	text = malloc(o.text.len);
	for (len = 2; len < 512; len *= 3)
		for (at = 0; at + len < o.text.len; at += 7) {
			struct text_journal got;

			memcpy(text, o.text.data, o.text.len);
			memset(text + at, 0, len);
			assert_int_equal(text_parse(&got, text, o.text.len), -EBADMSG);
		}
	done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_journal_cut_anywhere_is_its_whole_lines),
		TEST(a_flipped_bit_is_refused_with_its_line),
		TEST(a_replaced_byte_is_refused_with_its_line),
		TEST(a_lost_or_doubled_byte_is_refused),
		TEST(a_zeroed_part_is_refused),
	};

	return cmocka_run_group_tests_name("record-damage", tests, NULL, NULL);
}
