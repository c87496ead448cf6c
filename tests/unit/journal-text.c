// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal-text.h"

#include <inttypes.h>

#include "step-fixture.h"
#include "test.h"

static void done(struct text_journal *journal)
{
	vprep_journal_header_done(&journal->header);
	vprep_steps_done(&journal->steps);
}

int text_parse(struct text_journal *ret, const char *text, size_t len)
{
	*ret = (struct text_journal){ 0 };
	int r = vprep_record_parse(text, len, &ret->header, &ret->steps, &ret->err);

	if (r < 0)
		done(ret);
	return r;
}

void text_done(struct text_journal *journal)
{
	done(journal);
}

void text_add_header(struct vprep_buf *buf)
{
	const struct vprep_journal_header header = {
		.version = VPREP_JOURNAL_VERSION,
		.boot_id = (char *)(uintptr_t) "6d1cb9f5-5f0e-4f1c-8f5e-0123456789ab",
		.kind = (char *)(uintptr_t) "manual",
		.name = (char *)(uintptr_t) "manual",
		.pid = -1,
		.pid_start = -1,
		.time = 1700000000,
	};

	vprep_record_header(buf, &header);
}

static uint32_t crc(const char *text)
{
	uint32_t sum = UINT32_MAX;
	int bit;

	for (; *text; text++)
		for (sum ^= (unsigned char)*text, bit = 0; bit < 8; bit++)
			sum = sum & 1 ? sum >> 1 ^ 0xedb88320u : sum >> 1;
	return ~sum;
}

void text_add_line(struct vprep_buf *buf, const char *rest)
{
	vprep_buf_addf(buf, "{\"sum\":\"%08" PRIx32 "\",%s\n", crc(rest), rest);
}

static void fill_facts(struct vprep_step *step, const char *text)
{
	const struct vprep_step_kind *kind = step->kind;
	size_t i;

	for (i = 0; i < kind->n_facts; i++) {
		const struct vprep_fact *fact = &kind->facts[i];
		_cleanup_free_ char *value = vprep_strf("%s%zu", text, i);

		if (fact->type == VPREP_TEXT)
			step_set_text(step, fact->name, value);
		else
			step_set_number(step, fact->name, i ? INT64_MAX - (int64_t)i : 0);
	}
}

struct vprep_step *text_add_step(struct vprep_steps *steps,
				 const struct vprep_step_kind *kind, const char *text)
{
	_cleanup_free_ char *device = vprep_strf("%s-device", text ? text : "");
	struct vprep_step *step = step_add(steps, kind->name, device);

	step->seq = INT64_MAX;
	step->request = 0;
	step->state = VPREP_STEP_FAILED;
	if (text) {
		step->group = 0;
		step->reason = vprep_strf("%s-reason", text);
		step->pid = INT64_MAX;
		step->pid_start = INT64_MAX - 1;
		fill_facts(step, text);
	}
	return step;
}

bool text_is_same_step(const struct vprep_step *a, const struct vprep_step *b)
{
	bool same = a->seq == b->seq && a->kind == b->kind && a->state == b->state &&
		    a->group == b->group && a->pid == b->pid &&
		    a->pid_start == b->pid_start &&
		    vprep_str_same(a->device, b->device) &&
		    vprep_str_same(a->reason, b->reason);
	size_t i;

	for (i = 0; i < a->kind->n_facts; i++) {
		const char *name = a->kind->facts[i].name;

		same &= vprep_str_same(vprep_step_text(a, name),
				       vprep_step_text(b, name)) &&
			vprep_step_number(a, name) == vprep_step_number(b, name);
	}
	return same;
}

void text_check_same_step(const struct vprep_step *a, const struct vprep_step *b)
{
	if (!text_is_same_step(a, b))
		fail_msg("a %s is not what it was", a->kind->name);
}

/* The first records of a kind's steps, of two devices. */
static void add_step(struct vprep_buf *buf, unsigned seq,
		     const struct vprep_step_kind *kind)
{
	_cleanup_(vprep_steps_done) struct vprep_steps steps = { 0 };
	struct vprep_step *step = text_add_step(&steps, kind, seq % 3 == 1 ? "a" : NULL);

	step->seq = seq;
	step->state = VPREP_STEP_INTENT;
	vprep_record_step(buf, step);
	step->state = seq % 3 ? VPREP_STEP_DONE : VPREP_STEP_FAILED;
	vprep_record_state(buf, step);
	if (seq % 2) {
		step->state = VPREP_STEP_UNDONE;
		vprep_record_state(buf, step);
	}
}

void text_add_journal(struct vprep_buf *buf)
{
	unsigned i;

	text_add_header(buf);
	for (i = 0; vprep_step_kinds[i]; i++)
		add_step(buf, i + 1, vprep_step_kinds[i]);
}
