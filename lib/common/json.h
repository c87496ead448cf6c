/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON: building it without a check after each value.
 *
 *	_cleanup_json_ struct vprep_json_document doc = { 0 };
 *	struct vprep_json root = vprep_json_begin_object(&doc);
 *	struct vprep_json list = vprep_json_add_array(root, "names");
 *
 *	vprep_json_add_string(list, NULL, "one");
 *	return vprep_json_text(&doc, VPREP_JSON_PRETTY, &text);
 *
 * When memory runs out, this is noted in the document, the calls that follow do nothing,
 * and vprep_json_text() fails. A program that uses this needs the library json-c.
 */
#ifndef VPREP_COMMON_JSON_H
#define VPREP_COMMON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json_object.h>

struct vprep_json_document {
	struct json_object *root;
	bool failed;
};

/* An object or an array of a document, to which values are added. */
struct vprep_json {
	struct vprep_json_document *document;
	struct json_object *value;
};

enum vprep_json_style {
	VPREP_JSON_PLAIN = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
	VPREP_JSON_SPACED = JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE,
	VPREP_JSON_PRETTY = VPREP_JSON_SPACED | JSON_C_TO_STRING_PRETTY,
};

/* What the whole document is. */
struct vprep_json vprep_json_begin_object(struct vprep_json_document *document);
struct vprep_json vprep_json_begin_array(struct vprep_json_document *document);

/* Each adds a value to the object @to under @key, or to the end of the array @to when
 * @key is NULL. A NULL @value is left out: what is absent is never null in JSON. */
struct vprep_json vprep_json_add_object(struct vprep_json to, const char *key);
struct vprep_json vprep_json_add_array(struct vprep_json to, const char *key);
void vprep_json_add_string(struct vprep_json to, const char *key, const char *value);
void vprep_json_add_bool(struct vprep_json to, const char *key, bool value);
void vprep_json_add_number(struct vprep_json to, const char *key, int64_t value);
void vprep_json_add_unsigned(struct vprep_json to, const char *key, uint64_t value);
/* A number as a string that printf() makes. */
void vprep_json_add_text(struct vprep_json to, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The text, which the caller frees. -ENOMEM: memory ran out here or earlier. */
int vprep_json_text(const struct vprep_json_document *document,
		    enum vprep_json_style style, char **ret);

void vprep_json_done(struct vprep_json_document *document);

#define _cleanup_json_ _cleanup_(vprep_json_done)

/* Of JSON that was read: the text of a string. NULL: @value is none, or it holds a NUL,
 * behind which text would not be seen. */
const char *vprep_json_string(struct json_object *value);

static inline void vprep_json_putp(struct json_object **value)
{
	json_object_put(*value);
}

#endif
