/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journals as text. */
#ifndef VPREP_TESTS_UNIT_JOURNAL_TEXT_H
#define VPREP_TESTS_UNIT_JOURNAL_TEXT_H

#include "journal/record.h"

struct text_journal {
	struct vprep_journal_header header;
	struct vprep_steps steps;
	struct vprep_error err;
};

/* vprep_record_parse(); on failure there is nothing to free. */
int text_parse(struct text_journal *ret, const char *text, size_t len);
void text_done(struct text_journal *journal);

void text_add_header(struct vprep_buf *buf);
/* The object's text after its sum, with the right sum before it, and a newline. */
void text_add_line(struct vprep_buf *buf, const char *rest);

/* Adds a step with every fact set, strings to @text and something more; NULL: none but
 * its device is. */
struct vprep_step *text_add_step(struct vprep_steps *steps,
				 const struct vprep_step_kind *kind, const char *text);
bool text_is_same_step(const struct vprep_step *a, const struct vprep_step *b);
void text_check_same_step(const struct vprep_step *a, const struct vprep_step *b);

/* What an attach and a half-done detach of two devices leave: every kind of step, each
 * state. */
void text_add_journal(struct vprep_buf *buf);

#endif
