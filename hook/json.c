// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include "message.h"

static struct json_object *need(struct json_object *value)
{
	if (!value)
		vprep_message_oom();
	return value;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, need(value)) < 0)
		vprep_message_oom();
}

static void append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, need(value)) < 0)
		vprep_message_oom();
}

struct json_object *vprep_json_object(void)
{
	return need(json_object_new_object());
}

struct json_object *vprep_json_array(void)
{
	return need(json_object_new_array());
}

struct json_object *vprep_json_append_object(struct json_object *array)
{
	struct json_object *object = vprep_json_object();

	append(array, object);
	return object;
}

struct json_object *vprep_json_add_object(struct json_object *object, const char *key)
{
	struct json_object *child = vprep_json_object();

	add(object, key, child);
	return child;
}

struct json_object *vprep_json_add_array(struct json_object *object, const char *key)
{
	struct json_object *array = vprep_json_array();

	add(object, key, array);
	return array;
}

void vprep_json_add_string(struct json_object *object, const char *key, const char *value)
{
	if (value)
		add(object, key, json_object_new_string(value));
}

void vprep_json_add_bool(struct json_object *object, const char *key, bool value)
{
	add(object, key, json_object_new_boolean(value));
}

void vprep_json_add_number(struct json_object *object, const char *key, int64_t value)
{
	add(object, key, json_object_new_int64(value));
}

void vprep_json_append_string(struct json_object *array, const char *value)
{
	append(array, json_object_new_string(value));
}

void vprep_json_append_number(struct json_object *array, int64_t value)
{
	append(array, json_object_new_int64(value));
}

void vprep_json_print(struct json_object *root, struct vprep_out *out)
{
	const char *text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			      JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		vprep_message_oom();
	fprintf(out->to, "%s\n", text);
	json_object_put(root);
}
