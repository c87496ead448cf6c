// SPDX-License-Identifier: GPL-2.0-or-later
/* A journal's whole text, which may be damaged. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "journal/record.h"

#define GROUP_PREFIX "group "

size_t vprep_record_whole(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] != '\n')
		len--;
	return len;
}

struct reading {
	struct vprep_journal_header *header;
	struct vprep_steps *steps;
	/* of the first damaged line: its number, what is wrong with it, and -errno */
	unsigned line;
	const char *why;
	int result;
};

int vprep_record_check(const char *text, size_t len, bool has_header)
{
	_cleanup_buf_ struct vprep_buf again = { 0 };
	struct vprep_journal_header header;
	struct vprep_steps steps = { 0 };
	const char *end = text + len, *line = text, *newline, *why;
	bool first = has_header;
	size_t i;
	int r = 0;

	vprep_journal_header_init(&header);
	for (; r == 0 && line < end; line = newline + 1, first = false) {
		newline = memchr(line, '\n', (size_t)(end - line));
		r = newline ? vprep_record_read(line, (size_t)(newline - line), first,
						&header, &steps, &why)
			    : -EBADMSG;
	}
	if (r == 0 && has_header)
		vprep_record_header(&again, &header);
	for (i = 0; r == 0 && i < steps.n; i++)
		vprep_record_step(&again, &steps.items[i]);
	if (r == 0 && again.failed)
		r = -ENOMEM;
	if (r == 0 && (again.len != len || memcmp(again.data, text, len) != 0))
		r = -EBADMSG;
	vprep_journal_header_done(&header);
	vprep_steps_done(&steps);
	return r;
}

/* The text between @before and the next quote, in a line that may be anything. */
static char *text_after(const char *line, size_t len, const char *before)
{
	const char *at = memmem(line, len, before, strlen(before));
	const char *end;

	if (!at)
		return NULL;
	at += strlen(before);
	end = memchr(at, '"', (size_t)(line + len - at));
	return end && end > at && !memchr(at, '\0', (size_t)(end - at))
		       ? strndup(at, (size_t)(end - at))
		       : NULL;
}

static bool is_named(const struct vprep_steps *steps, const char *device)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (vprep_str_same(steps->items[i].device, device))
			return true;
	return false;
}

/* What a damaged line seems to be about, once all others have been read: they know better
 * what became of it. */
static int add_hint(struct vprep_steps *steps, const char *line, size_t len)
{
	_cleanup_free_ char *device = text_after(line, len, "\"device\":\"");
	struct vprep_step *step;
	int r;

	if (!device)
		return 0;
	vprep_str_make_printable(device);
	if (is_named(steps, device))
		return 0;
	r = vprep_steps_add(steps, vprep_step_kind_of(VPREP_ROLE_CLAIM), device, &step);
	if (r == 0)
		step->partial = true;
	return r;
}

/* Steps of a group are named by it; a partial one may have lost the number. */
static void find_group(struct vprep_step *step)
{
	uint64_t group;

	if (step->partial && step->group < 0 && step->device &&
	    strncmp(step->device, GROUP_PREFIX, strlen(GROUP_PREFIX)) == 0 &&
	    vprep_parse_u64(step->device + strlen(GROUP_PREFIX), 10, UINT32_MAX,
			    &group) == 0)
		step->group = (int64_t)group;
}

typedef int (*line_reader)(struct reading *reading, const char *line, size_t len,
			   unsigned number);

static int note_line(struct reading *reading, const char *line, size_t len,
		     unsigned number)
{
	const char *why;
	int r = vprep_record_read(line, len, number == 1, reading->header, reading->steps,
				  &why);

	if (r < 0 && r != -ENOMEM && reading->result == 0) {
		reading->result = r;
		reading->line = number;
		reading->why = why;
	}
	return r == -ENOMEM ? r : 0;
}

static int note_hint(struct reading *reading, const char *line, size_t len,
		     unsigned number)
{
	(void)number;
	return vprep_record_is_whole(line, len) ? 0 : add_hint(reading->steps, line, len);
}

static int for_each_line(struct reading *reading, const char *text, size_t len,
			 line_reader read)
{
	const char *end = text + len;
	unsigned number;
	int r = 0;

	for (number = 1; r == 0 && text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		r = read(reading, text, (size_t)(newline - text), number);
		text = newline + 1;
	}
	return r;
}

int vprep_record_parse(const char *text, size_t len,
		       struct vprep_journal_header *ret_header,
		       struct vprep_steps *ret_steps, struct vprep_error *err)
{
	struct vprep_journal_header header;
	struct vprep_steps steps = { 0 };
	struct reading reading = { .header = &header, .steps = &steps };
	size_t i;
	int r;

	vprep_journal_header_init(&header);
	len = vprep_record_whole(text, len);
	r = for_each_line(&reading, text, len, note_line);
	if (r == 0 && reading.result < 0)
		r = for_each_line(&reading, text, len, note_hint);
	if (r < 0) {
		vprep_journal_header_done(&header);
		vprep_steps_done(&steps);
		return vprep_error_oom(err);
	}
	for (i = 0; i < steps.n; i++)
		find_group(&steps.items[i]);
	*ret_header = header;
	*ret_steps = steps;
	return reading.result < 0
		       ? vprep_error_set(err, VPREP_E_LEFT, -reading.result, NULL,
					 "line %u: %s", reading.line, reading.why)
		       : 0;
}
