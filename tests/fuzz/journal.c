// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A journal of any lines, each with its right checksum: an error that names the line, or
 * records that are the same when they are written and read again. An input's lines are
 * what stands behind the sum: '"seq":0,...}'.
 */
#include "journal/record.h"

#include <inttypes.h>

#include "fuzz.h"

static void add_sums(struct vprep_buf *buf, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		vprep_buf_addf(buf, "{\"sum\":\"%08" PRIx32 "\",",
			       vprep_record_checksum(text, n));
		vprep_buf_add_n(buf, text, n);
		vprep_buf_add(buf, "\n");
		n += end != NULL;
		text += n;
		len -= n;
	}
	CHECK(!buf->failed);
}

static void write_again(const struct vprep_journal_header *header,
			const struct vprep_steps *steps, struct vprep_buf *ret)
{
	size_t i;

	vprep_record_header(ret, header);
	for (i = 0; i < steps->n; i++)
		vprep_record_step(ret, &steps->items[i]);
	CHECK(!ret->failed);
}

/* A change of state can be told of each step. */
static void check_states(const struct vprep_journal_header *header,
			 const struct vprep_steps *steps)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	struct vprep_journal_header read_header;
	struct vprep_steps read_steps = { 0 };
	size_t i;

	write_again(header, steps, &text);
	for (i = 0; i < steps->n; i++)
		vprep_record_state(&text, &steps->items[i]);
	vprep_journal_header_init(&read_header);
	CHECK(vprep_record_parse(text.data, text.len, &read_header, &read_steps, NULL) ==
	      0);
	CHECK(read_steps.n == steps->n);
	for (i = 0; i < steps->n; i++)
		CHECK(read_steps.items[i].state == steps->items[i].state);
	vprep_journal_header_done(&read_header);
	vprep_steps_done(&read_steps);
}

static void check_same(const struct vprep_journal_header *header,
		       const struct vprep_steps *steps)
{
	_cleanup_buf_ struct vprep_buf text = { 0 }, again = { 0 };
	struct vprep_journal_header read_header;
	struct vprep_steps read_steps = { 0 };
	struct vprep_error err = { 0 };
	int r;

	write_again(header, steps, &text);
	vprep_journal_header_init(&read_header);
	r = vprep_record_parse(text.data, text.len, &read_header, &read_steps, &err);
	if (r < 0)
		fprintf(stderr, "%s\n%s\n", err.message, text.data);
	CHECK(r == 0);
	CHECK(read_steps.n == steps->n);
	write_again(&read_header, &read_steps, &again);
	if (again.len != text.len || memcmp(again.data, text.data, text.len) != 0) {
		fprintf(stderr, "%.*s\nbecame\n%.*s\n", (int)text.len, text.data,
			(int)again.len, again.data);
		abort();
	}
	vprep_journal_header_done(&read_header);
	vprep_steps_done(&read_steps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	struct vprep_journal_header header;
	struct vprep_steps steps = { 0 };
	struct vprep_error err = { 0 };
	int r;

	add_sums(&text, (const char *)data, len);
	if (text.len == 0)
		return 0;
	vprep_journal_header_init(&header);
	r = vprep_record_parse(text.data, text.len, &header, &steps, &err);
	if (r < 0) {
		CHECK(*err.message && fuzz_is_printable(err.message));
	} else {
		check_same(&header, &steps);
		check_states(&header, &steps);
	}
	vprep_journal_header_done(&header);
	vprep_steps_done(&steps);
	return 0;
}
