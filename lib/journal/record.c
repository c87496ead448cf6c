// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "common/cleanup.h"
#include "common/error.h"

#define SUM_PREFIX "{\"sum\":\""
#define SUM_DIGITS 8
#define SUM_LENGTH (sizeof(SUM_PREFIX) - 1 + SUM_DIGITS + 2) /* and '",' */
#define JSON_DEPTH 4

enum field_type { FIELD_STRING, FIELD_INTEGER };

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
};

#define STEP_FIELD(field, type)                                                          \
	{                                                                                \
#field, type, offsetof(struct vprep_step, field)                         \
	}
#define HEADER_FIELD(field, type)                                                        \
	{                                                                                \
#field, type, offsetof(struct vprep_journal_header, field)               \
	}

static const struct field step_fields[] = {
	/* the name that version 0.1.0 gave it */
	{ "batch", FIELD_INTEGER, offsetof(struct vprep_step, request) },
	STEP_FIELD(device, FIELD_STRING),
	STEP_FIELD(group, FIELD_INTEGER),
	STEP_FIELD(driver, FIELD_STRING),
	STEP_FIELD(was_driver, FIELD_STRING),
	STEP_FIELD(was_module, FIELD_STRING),
	STEP_FIELD(was_override, FIELD_STRING),
	STEP_FIELD(was_power, FIELD_STRING),
	STEP_FIELD(was_vfs, FIELD_INTEGER),
	STEP_FIELD(pci_id, FIELD_INTEGER),
	STEP_FIELD(directory, FIELD_STRING),
	STEP_FIELD(file, FIELD_STRING),
	STEP_FIELD(content, FIELD_STRING),
	STEP_FIELD(was_content, FIELD_STRING),
	STEP_FIELD(made_directory, FIELD_STRING),
	STEP_FIELD(parent, FIELD_STRING),
	STEP_FIELD(type, FIELD_STRING),
	STEP_FIELD(settings, FIELD_STRING),
	STEP_FIELD(node, FIELD_STRING),
	STEP_FIELD(uid, FIELD_INTEGER),
	STEP_FIELD(gid, FIELD_INTEGER),
	STEP_FIELD(mode, FIELD_INTEGER),
	STEP_FIELD(was_uid, FIELD_INTEGER),
	STEP_FIELD(was_gid, FIELD_INTEGER),
	STEP_FIELD(was_mode, FIELD_INTEGER),
	STEP_FIELD(reason, FIELD_STRING),
	STEP_FIELD(pid, FIELD_INTEGER),
	STEP_FIELD(pid_start, FIELD_INTEGER),
	STEP_FIELD(pf, FIELD_STRING),
	STEP_FIELD(mac, FIELD_STRING),
	STEP_FIELD(was_mac, FIELD_STRING),
	STEP_FIELD(vlan, FIELD_INTEGER),
	STEP_FIELD(was_vlan, FIELD_INTEGER),
	STEP_FIELD(was_qos, FIELD_INTEGER),
	STEP_FIELD(was_protocol, FIELD_INTEGER),
	STEP_FIELD(vfs, FIELD_INTEGER),
	STEP_FIELD(autoprobe, FIELD_INTEGER),
	STEP_FIELD(was_autoprobe, FIELD_INTEGER),
	STEP_FIELD(vport, FIELD_STRING),
};

static const struct field header_fields[] = {
	HEADER_FIELD(version, FIELD_INTEGER),	HEADER_FIELD(boot_id, FIELD_STRING),
	HEADER_FIELD(kind, FIELD_STRING),	HEADER_FIELD(name, FIELD_STRING),
	HEADER_FIELD(uuid, FIELD_STRING),	HEADER_FIELD(pid, FIELD_INTEGER),
	HEADER_FIELD(pid_start, FIELD_INTEGER), HEADER_FIELD(time, FIELD_INTEGER),
};

static void json_putp(struct json_object **o)
{
	json_object_put(*o);
}

static void tokener_freep(struct json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

#define _cleanup_json_ _cleanup_(json_putp)

void vprep_journal_header_init(struct vprep_journal_header *header)
{
	*header = (struct vprep_journal_header){ .pid = -1, .pid_start = -1, .time = -1 };
}

void vprep_journal_header_done(struct vprep_journal_header *header)
{
	free(header->boot_id);
	free(header->kind);
	free(header->name);
	free(header->uuid);
	vprep_journal_header_init(header);
}

/* CRC-32 (IEEE 802.3): finds every burst of up to 32 flipped bits. */
static uint32_t checksum(const char *text, size_t len)
{
	uint32_t crc = UINT32_MAX;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		crc ^= (unsigned char)text[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* The object as a line: its text with the sum put in front. Takes the object. */
static void add_line(struct vprep_buf *buf, struct json_object *object)
{
	const char *text;

	text = object ? json_object_to_json_string_ext(
				object,
				JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
		      : NULL;
	if (text)
		vprep_buf_addf(buf, SUM_PREFIX "%08" PRIx32 "\",%s\n",
			       checksum(text + 1, strlen(text + 1)), text + 1);
	else
		buf->failed = true;
	json_object_put(object);
}

static struct json_object *field_value(const struct field *field, const void *from)
{
	const char *at = (const char *)from + field->offset;
	const char *text;

	switch (field->type) {
	case FIELD_STRING:
		text = *(char *const *)(const void *)at;
		return text ? json_object_new_string(text) : NULL;
	case FIELD_INTEGER:
		if (*(const int64_t *)(const void *)at < 0)
			return NULL;
		return json_object_new_int64(*(const int64_t *)(const void *)at);
	}
	return NULL;
}

static void add_fields(struct json_object *object, const struct field *fields, size_t n,
		       const void *from)
{
	size_t i;

	for (i = 0; object && i < n; i++) {
		struct json_object *value = field_value(&fields[i], from);

		if (value)
			json_object_object_add(object, fields[i].name, value);
	}
}

void vprep_record_header(struct vprep_buf *buf, const struct vprep_journal_header *header)
{
	struct json_object *object = json_object_new_object();

	add_fields(object, header_fields, VPREP_ARRAY_SIZE(header_fields), header);
	add_line(buf, object);
}

static struct json_object *new_step_object(const struct vprep_step *step)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	json_object_object_add(object, "seq", json_object_new_int64((int64_t)step->seq));
	json_object_object_add(object, "step",
			       json_object_new_string(vprep_step_kind_name(step->kind)));
	json_object_object_add(
		object, "state",
		json_object_new_string(vprep_step_state_name(step->state)));
	return object;
}

void vprep_record_step(struct vprep_buf *buf, const struct vprep_step *step)
{
	struct json_object *object = new_step_object(step);

	add_fields(object, step_fields, VPREP_ARRAY_SIZE(step_fields), step);
	add_line(buf, object);
}

void vprep_record_state(struct vprep_buf *buf, const struct vprep_step *step)
{
	struct json_object *object = new_step_object(step);
	struct vprep_step shown;

	vprep_step_init(&shown, step->kind);
	shown.device = step->device;
	if (step->state == VPREP_STEP_FAILED) {
		shown.reason = step->reason;
		shown.pid = step->pid;
		shown.pid_start = step->pid_start;
	}
	add_fields(object, step_fields, VPREP_ARRAY_SIZE(step_fields), &shown);
	add_line(buf, object);
}

size_t vprep_record_whole(const char *text, size_t len)
{
	while (len > 0 && text[len - 1] != '\n')
		len--;
	return len;
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
		 checksum(line + SUM_LENGTH, len - SUM_LENGTH));
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

/* "\\u0000" would end the string early. */
static bool has_nul(struct json_object *string)
{
	return strlen(json_object_get_string(string)) !=
	       (size_t)json_object_get_string_len(string);
}

static int read_field(struct json_object *object, const struct field *field, void *to)
{
	char *at = (char *)to + field->offset;
	struct json_object *value;

	if (!json_object_object_get_ex(object, field->name, &value))
		return 0;
	switch (field->type) {
	case FIELD_STRING:
		if (!json_object_is_type(value, json_type_string) || has_nul(value))
			return -EBADMSG;
		return vprep_str_replace((char **)(void *)at,
					 json_object_get_string(value));
	case FIELD_INTEGER:
		if (!json_object_is_type(value, json_type_int) ||
		    json_object_get_int64(value) < 0)
			return -EBADMSG;
		*(int64_t *)(void *)at = json_object_get_int64(value);
		return 0;
	}
	return -EBADMSG;
}

static int read_fields(struct json_object *object, const struct field *fields, size_t n,
		       void *to)
{
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		r = read_field(object, &fields[i], to);
		if (r < 0)
			return r;
	}
	return 0;
}

static const char *string_of(struct json_object *object, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

/* A step's first record makes it; later ones change its state. */
static int read_step(struct json_object *object, struct vprep_steps *steps)
{
	struct json_object *seq;
	struct vprep_step fresh, *step = NULL;
	int kind = vprep_step_kind_parse(string_of(object, "step"));
	int state = vprep_step_state_parse(string_of(object, "state"));
	size_t i;
	int r;

	if (kind < 0 || state < 0 || !json_object_object_get_ex(object, "seq", &seq) ||
	    !json_object_is_type(seq, json_type_int) || json_object_get_int64(seq) <= 0)
		return -EBADMSG;
	vprep_step_init(&fresh, (enum vprep_step_kind)kind);
	fresh.seq = (uint64_t)json_object_get_int64(seq);
	for (i = steps->n; i-- > 0 && !step;)
		if (steps->items[i].seq == fresh.seq)
			step = &steps->items[i];
	if (step) {
		if (step->kind != fresh.kind)
			return -EBADMSG;
		step->state = (enum vprep_step_state)state;
		/* an earlier failure's child is not this state's */
		step->pid = step->pid_start = -1;
		return read_fields(object, step_fields, VPREP_ARRAY_SIZE(step_fields),
				   step);
	}
	fresh.state = (enum vprep_step_state)state;
	r = read_fields(object, step_fields, VPREP_ARRAY_SIZE(step_fields), &fresh);
	if (r == 0)
		r = vprep_steps_add(steps, &fresh);
	if (r < 0)
		vprep_step_done(&fresh);
	return r;
}

static int read_header(struct json_object *object, struct vprep_journal_header *header)
{
	int r = read_fields(object, header_fields, VPREP_ARRAY_SIZE(header_fields),
			    header);

	if (r < 0)
		return r;
	if (header->version != VPREP_JOURNAL_VERSION)
		return -EPROTO;
	return header->boot_id && header->kind && header->name ? 0 : -EBADMSG;
}

static int parse_lines(const char *text, size_t len, struct vprep_journal_header *header,
		       struct vprep_steps *steps, unsigned *line, const char **why)
{
	const char *end = text + len;

	for (*line = 1; text < end; ++*line) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		_cleanup_json_ struct json_object *object = NULL;
		int r;

		object = parse_line(text, (size_t)(newline - text), why);
		if (!object)
			return -EBADMSG;
		*why = "a field is missing or of the wrong type";
		r = *line == 1 ? read_header(object, header) : read_step(object, steps);
		if (r == -EPROTO)
			*why = "it was written by another version of vfio-prep";
		if (r < 0)
			return r;
		text = newline + 1;
	}
	return 0;
}

int vprep_record_parse(const char *text, size_t len,
		       struct vprep_journal_header *ret_header,
		       struct vprep_steps *ret_steps, struct vprep_error *err)
{
	struct vprep_journal_header header;
	struct vprep_steps steps = { 0 };
	const char *why = "";
	unsigned line;
	int r;

	vprep_journal_header_init(&header);
	r = parse_lines(text, vprep_record_whole(text, len), &header, &steps, &line,
			&why);
	if (r < 0) {
		vprep_journal_header_done(&header);
		vprep_steps_done(&steps);
		if (r == -ENOMEM)
			return vprep_error_oom(err);
		return vprep_error_set(err, VPREP_E_LEFT, -r, NULL, "line %u: %s", line,
				       why);
	}
	*ret_header = header;
	*ret_steps = steps;
	return 0;
}
