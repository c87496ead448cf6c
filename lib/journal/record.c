// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "common/cleanup.h"
#include "common/json.h"

#define SUM_PREFIX "{\"sum\":\""
#define SUM_DIGITS 8
#define SUM_LENGTH (sizeof(SUM_PREFIX) - 1 + SUM_DIGITS + 2) /* and '",' */
#define JSON_DEPTH 4

/* Of any step. Version 0.1.0 called the request so, and the names stay. */
static const struct vprep_fact head_facts[] = {
	{ "batch", VPREP_NUMBER, offsetof(struct vprep_step, request) },
	VPREP_FACT(vprep_step, device, VPREP_TEXT),
	VPREP_FACT(vprep_step, group, VPREP_NUMBER),
};

static const struct vprep_fact failure_facts[] = {
	VPREP_FACT(vprep_step, reason, VPREP_TEXT),
	VPREP_FACT(vprep_step, pid, VPREP_NUMBER),
	VPREP_FACT(vprep_step, pid_start, VPREP_NUMBER),
};

static const struct vprep_fact device_facts[] = {
	VPREP_FACT(vprep_step, device, VPREP_TEXT),
};

static const struct vprep_fact header_facts[] = {
	VPREP_FACT(vprep_journal_header, version, VPREP_NUMBER),
	VPREP_FACT(vprep_journal_header, boot_id, VPREP_TEXT),
	VPREP_FACT(vprep_journal_header, kind, VPREP_TEXT),
	VPREP_FACT(vprep_journal_header, name, VPREP_TEXT),
	VPREP_FACT(vprep_journal_header, uuid, VPREP_TEXT),
	VPREP_FACT(vprep_journal_header, pid, VPREP_NUMBER),
	VPREP_FACT(vprep_journal_header, pid_start, VPREP_NUMBER),
	VPREP_FACT(vprep_journal_header, time, VPREP_NUMBER),
};

static void tokener_freep(struct json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

void vprep_journal_header_init(struct vprep_journal_header *header)
{
	*header = (struct vprep_journal_header){ .pid = -1, .pid_start = -1, .time = -1 };
}

struct vprep_journal_header vprep_journal_header_of(const char *kind, const char *name)
{
	struct vprep_journal_header header;

	vprep_journal_header_init(&header);
	header.kind = (char *)(uintptr_t)kind;
	header.name = (char *)(uintptr_t)name;
	return header;
}

void vprep_journal_header_done(struct vprep_journal_header *header)
{
	free(header->boot_id);
	free(header->kind);
	free(header->name);
	free(header->uuid);
	vprep_journal_header_init(header);
}

/* CRC-32, four bits at a time: what each of them adds. */
static uint32_t next_bits(uint32_t crc, unsigned bits)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	return crc >> 4 ^ table[(crc ^ bits) & 15];
}

uint32_t vprep_record_checksum(const char *text, size_t len)
{
	uint32_t crc = UINT32_MAX;
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned byte = (unsigned char)text[i];

		crc = next_bits(next_bits(crc, byte), byte >> 4);
	}
	return ~crc;
}

/* The document as a line: its text with the sum put in front. */
static void add_line(struct vprep_buf *buf, const struct vprep_json_document *document)
{
	_cleanup_free_ char *text = NULL;

	if (vprep_json_text(document, VPREP_JSON_PLAIN, &text) < 0)
		buf->failed = true;
	else
		vprep_buf_addf(buf, SUM_PREFIX "%08" PRIx32 "\",%s\n",
			       vprep_record_checksum(text + 1, strlen(text + 1)),
			       text + 1);
}

static void add_facts(struct vprep_json to, const struct vprep_fact *facts, size_t n,
		      const void *from)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const void *at = (const char *)from + facts[i].offset;
		const int64_t *number = at;
		char *const *text = at;

		if (facts[i].type == VPREP_TEXT)
			vprep_json_add_string(to, facts[i].name, *text);
		else if (*number >= 0)
			vprep_json_add_number(to, facts[i].name, *number);
	}
}

#define ADD_FACTS(to, facts, from) add_facts(to, facts, VPREP_ARRAY_SIZE(facts), from)

void vprep_record_header(struct vprep_buf *buf, const struct vprep_journal_header *header)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };

	ADD_FACTS(vprep_json_begin_object(&document), header_facts, header);
	add_line(buf, &document);
}

static struct vprep_json begin_step(struct vprep_json_document *document,
				    const struct vprep_step *step)
{
	struct vprep_json to = vprep_json_begin_object(document);

	vprep_json_add_unsigned(to, "seq", step->seq);
	vprep_json_add_string(to, "step", step->kind->name);
	vprep_json_add_string(to, "state", vprep_step_state_name(step->state));
	return to;
}

void vprep_record_step(struct vprep_buf *buf, const struct vprep_step *step)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json to = begin_step(&document, step);

	ADD_FACTS(to, head_facts, step);
	add_facts(to, step->kind->facts, step->kind->n_facts, step->facts);
	ADD_FACTS(to, failure_facts, step);
	add_line(buf, &document);
}

void vprep_record_state(struct vprep_buf *buf, const struct vprep_step *step)
{
	_cleanup_json_ struct vprep_json_document document = { 0 };
	struct vprep_json to = begin_step(&document, step);

	ADD_FACTS(to, device_facts, step);
	if (step->state == VPREP_STEP_FAILED)
		ADD_FACTS(to, failure_facts, step);
	add_line(buf, &document);
}

/* One line without its newline. NULL with *ret_why for what was not written by
 * add_line(). */
static struct json_object *parse_line(const char *line, size_t len, const char **ret_why)
{
	_cleanup_(tokener_freep) struct json_tokener *tokener = NULL;
	struct json_object *object;
	char sum[SUM_DIGITS + 1];

	*ret_why = "it is not a record";
	if (len < SUM_LENGTH + 1 ||
	    memcmp(line, SUM_PREFIX, sizeof(SUM_PREFIX) - 1) != 0 ||
	    memcmp(line + SUM_LENGTH - 2, "\",", 2) != 0)
		return NULL;
	*ret_why = "its checksum does not match";
	snprintf(sum, sizeof(sum), "%08" PRIx32,
		 vprep_record_checksum(line + SUM_LENGTH, len - SUM_LENGTH));
	if (memcmp(line + sizeof(SUM_PREFIX) - 1, sum, SUM_DIGITS) != 0)
		return NULL;
	*ret_why = "it is not valid JSON";
	tokener = json_tokener_new_ex(JSON_DEPTH);
	if (!tokener || len > INT32_MAX || line[len - 1] != '}')
		return NULL;
	object = json_tokener_parse_ex(tokener, line, (int)len);
	if (object && (json_tokener_get_error(tokener) != json_tokener_success ||
		       json_tokener_get_parse_end(tokener) != len ||
		       !json_object_is_type(object, json_type_object))) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static int read_fact(struct json_object *object, const struct vprep_fact *fact, void *to)
{
	void *at = (char *)to + fact->offset;
	struct json_object *value;
	const char *text;

	if (!json_object_object_get_ex(object, fact->name, &value))
		return 0;
	switch (fact->type) {
	case VPREP_TEXT:
		text = vprep_json_string(value);
		return text ? vprep_str_replace(at, text) : -EBADMSG;
	case VPREP_NUMBER:
		if (!json_object_is_type(value, json_type_int) ||
		    json_object_get_int64(value) < 0)
			return -EBADMSG;
		*(int64_t *)at = json_object_get_int64(value);
		return 0;
	}
	return -EBADMSG;
}

static int read_facts(struct json_object *object, const struct vprep_fact *facts,
		      size_t n, void *to)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = read_fact(object, &facts[i], to);
	return r;
}

#define READ_FACTS(object, facts, to)                                                    \
	read_facts(object, facts, VPREP_ARRAY_SIZE(facts), to)

static const char *string_of(struct json_object *object, const char *name)
{
	const char *text = vprep_json_string(json_object_object_get(object, name));

	return text ? text : "";
}

/* They are numbered one after another, but in a journal where some are left out. */
static struct vprep_step *find_step(const struct vprep_steps *steps, uint64_t seq)
{
	uint64_t first = steps->n > 0 ? steps->items[0].seq : seq;
	size_t i = (size_t)(seq - first);

	if (i < steps->n && steps->items[i].seq == seq)
		return &steps->items[i];
	if (i == steps->n && steps->n > 0 && steps->items[i - 1].seq == seq - 1)
		return NULL; /* the next one, and all are there: it is new */
	for (i = steps->n; i-- > 0;)
		if (steps->items[i].seq == seq)
			return &steps->items[i];
	return NULL;
}

/* Its device is what all records of a step have, and never changes. */
static bool is_device_of(const struct vprep_step *step, const char *device)
{
	return *device && (!step->device || streq(step->device, device));
}

/* A step's first record makes it, and has the number of its request; later ones change
 * its state. What is wrong with a record makes its step partial. */
static int read_record(struct json_object *object, const struct vprep_step_kind *kind,
		       struct vprep_step *step, const char **why)
{
	int state = vprep_step_state_parse(string_of(object, "state"));
	int r;

	if (step->kind != kind || state < 0 ||
	    !is_device_of(step, string_of(object, "device")))
		return -EBADMSG;
	step->state = (enum vprep_step_state)state;
	step->pid = step->pid_start = -1; /* those of an earlier failure */
	r = READ_FACTS(object, head_facts, step);
	if (r == 0)
		r = READ_FACTS(object, failure_facts, step);
	if (r == 0)
		r = read_facts(object, kind->facts, kind->n_facts, step->facts);
	if (r == 0 && step->request < 0) {
		*why = "the first record of its step is missing";
		r = -EBADMSG;
	}
	return r;
}

static int read_step(struct json_object *object, struct vprep_steps *steps,
		     const char **why)
{
	const struct vprep_step_kind *kind =
		vprep_step_kind_find(string_of(object, "step"));
	struct vprep_step *step;
	struct json_object *seq;
	int r = 0;

	if (!kind || !*string_of(object, "device") ||
	    !json_object_object_get_ex(object, "seq", &seq) ||
	    !json_object_is_type(seq, json_type_int) || json_object_get_int64(seq) <= 0)
		return -EBADMSG;
	step = find_step(steps, (uint64_t)json_object_get_int64(seq));
	if (!step)
		r = vprep_steps_add(steps, kind, NULL, &step);
	if (r < 0)
		return r;
	step->seq = (uint64_t)json_object_get_int64(seq);
	r = read_record(object, kind, step, why);
	step->partial |= r < 0;
	return r;
}

static int read_header(struct json_object *object, struct vprep_journal_header *header)
{
	int r = READ_FACTS(object, header_facts, header);

	if (r < 0)
		return r;
	if (header->version != VPREP_JOURNAL_VERSION)
		return -EPROTO;
	return header->boot_id && header->kind && header->name ? 0 : -EBADMSG;
}

int vprep_record_read(const char *line, size_t len, bool is_first,
		      struct vprep_journal_header *header, struct vprep_steps *steps,
		      const char **ret_why)
{
	_cleanup_(vprep_json_putp) struct json_object *object = NULL;
	int r;

	object = parse_line(line, len, ret_why);
	if (!object)
		return -EBADMSG;
	*ret_why = "a field is missing or of the wrong type";
	if (!is_first)
		return read_step(object, steps, ret_why);
	if (json_object_object_get_ex(object, "step", NULL)) {
		r = read_step(object, steps, ret_why);
		*ret_why = "the header before it is missing";
		return r == -ENOMEM ? r : -EBADMSG;
	}
	r = read_header(object, header);
	if (r == -EPROTO)
		*ret_why = "it was written by another version of vfio-prep";
	else if (r < 0)
		vprep_journal_header_done(header);
	return r;
}

bool vprep_record_is_whole(const char *line, size_t len)
{
	const char *why;
	struct json_object *object = parse_line(line, len, &why);
	bool whole = object != NULL;

	json_object_put(object);
	return whole;
}
