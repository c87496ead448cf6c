// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal-text.h"

#include <inttypes.h>

#include "test.h"

int text_parse(struct text_journal *ret, const char *text, size_t len)
{
	*ret = (struct text_journal){ 0 };
	return vprep_record_parse(text, len, &ret->header, &ret->steps, &ret->err);
}

void text_done(struct text_journal *journal)
{
	vprep_journal_header_done(&journal->header);
	vprep_steps_done(&journal->steps);
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

#define STRING(field) offsetof(struct vprep_step, field)
#define NUMBER(field) offsetof(struct vprep_step, field)

static const size_t string_fields[] = {
	STRING(device),		STRING(driver),	      STRING(was_driver),
	STRING(was_module),	STRING(was_override), STRING(was_power),
	STRING(directory),	STRING(file),	      STRING(content),
	STRING(was_content),	STRING(node),	      STRING(reason),
	STRING(made_directory), STRING(pf),	      STRING(mac),
	STRING(was_mac),	STRING(vport),
};

static const size_t number_fields[] = {
	NUMBER(group),	   NUMBER(was_vfs),	  NUMBER(pci_id),	NUMBER(uid),
	NUMBER(gid),	   NUMBER(mode),	  NUMBER(was_uid),	NUMBER(was_gid),
	NUMBER(was_mode),  NUMBER(pid),		  NUMBER(pid_start),	NUMBER(vlan),
	NUMBER(was_vlan),  NUMBER(was_qos),	  NUMBER(was_protocol), NUMBER(vfs),
	NUMBER(autoprobe), NUMBER(was_autoprobe),
};

static char **string_at(const struct vprep_step *step, size_t i)
{
	return (char **)((uintptr_t)step + string_fields[i]);
}

static int64_t *number_at(const struct vprep_step *step, size_t i)
{
	return (int64_t *)((uintptr_t)step + number_fields[i]);
}

void text_fill_step(struct vprep_step *step, enum vprep_step_kind kind, const char *text)
{
	size_t i;

	vprep_step_init(step, kind);
	step->seq = INT64_MAX;
	step->state = VPREP_STEP_FAILED;
	for (i = 0; text && i < VPREP_ARRAY_SIZE(string_fields); i++)
		*string_at(step, i) = vprep_strf("%s%zu", text, i);
	for (i = 0; text && i < VPREP_ARRAY_SIZE(number_fields); i++)
		*number_at(step, i) = i ? INT64_MAX - (int64_t)i : 0;
}

bool text_is_same_step(const struct vprep_step *a, const struct vprep_step *b)
{
	bool same = a->seq == b->seq && a->kind == b->kind && a->state == b->state;
	size_t i;

	for (i = 0; i < VPREP_ARRAY_SIZE(string_fields); i++)
		same &= vprep_str_same(*string_at(a, i), *string_at(b, i));
	for (i = 0; i < VPREP_ARRAY_SIZE(number_fields); i++)
		same &= *number_at(a, i) == *number_at(b, i);
	return same;
}

void text_check_same_step(const struct vprep_step *a, const struct vprep_step *b)
{
	if (!text_is_same_step(a, b))
		fail_msg("a %s is not what it was", vprep_step_kind_name(a->kind));
}

/* The first records of a kind's steps, of two devices. */
static void add_step(struct vprep_buf *buf, unsigned seq, enum vprep_step_kind kind)
{
	struct vprep_step step;

	text_fill_step(&step, kind, kind % 3 ? NULL : "a");
	step.seq = seq;
	step.state = VPREP_STEP_INTENT;
	vprep_record_step(buf, &step);
	step.state = seq % 3 ? VPREP_STEP_DONE : VPREP_STEP_FAILED;
	vprep_record_state(buf, &step);
	if (seq % 2) {
		step.state = VPREP_STEP_UNDONE;
		vprep_record_state(buf, &step);
	}
	vprep_step_done(&step);
}

void text_add_journal(struct vprep_buf *buf)
{
	unsigned seq = 1;
	int kind;

	text_add_header(buf);
	for (kind = 0; kind < VPREP_STEP_KINDS; kind++)
		add_step(buf, seq++, (enum vprep_step_kind)kind);
}
