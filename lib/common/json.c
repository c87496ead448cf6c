// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/json.h"

#include <errno.h>

#include "common/str.h"

static struct vprep_json begin(struct vprep_json_document *document,
			       struct json_object *root)
{
	document->root = root;
	document->failed = !root;
	return (struct vprep_json){ document, root };
}

struct vprep_json vprep_json_begin_object(struct vprep_json_document *document)
{
	return begin(document, json_object_new_object());
}

struct vprep_json vprep_json_begin_array(struct vprep_json_document *document)
{
	return begin(document, json_object_new_array());
}

/* Takes @value. */
static struct vprep_json add(struct vprep_json to, const char *key,
			     struct json_object *value)
{
	int r = -1;

	if (value && !to.document->failed)
		r = key ? json_object_object_add(to.value, key, value)
			: json_object_array_add(to.value, value);
	if (r < 0) {
		json_object_put(value);
		to.document->failed = true;
	}
	return (struct vprep_json){ to.document, value };
}

struct vprep_json vprep_json_add_object(struct vprep_json to, const char *key)
{
	return add(to, key, json_object_new_object());
}

struct vprep_json vprep_json_add_array(struct vprep_json to, const char *key)
{
	return add(to, key, json_object_new_array());
}

void vprep_json_add_string(struct vprep_json to, const char *key, const char *value)
{
	if (value)
		add(to, key, json_object_new_string(value));
}

void vprep_json_add_bool(struct vprep_json to, const char *key, bool value)
{
	add(to, key, json_object_new_boolean(value));
}

void vprep_json_add_number(struct vprep_json to, const char *key, int64_t value)
{
	add(to, key, json_object_new_int64(value));
}

void vprep_json_add_unsigned(struct vprep_json to, const char *key, uint64_t value)
{
	add(to, key, json_object_new_uint64(value));
}

void vprep_json_add_text(struct vprep_json to, const char *key, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, format);
	text = vprep_vstrf(format, ap);
	va_end(ap);
	add(to, key, text ? json_object_new_string(text) : NULL);
}

int vprep_json_text(const struct vprep_json_document *document,
		    enum vprep_json_style style, char **ret)
{
	const char *text =
		document->failed
			? NULL
			: json_object_to_json_string_ext(document->root, (int)style);
	char *copy = text ? strdup(text) : NULL;

	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

void vprep_json_done(struct vprep_json_document *document)
{
	json_object_put(document->root);
	*document = (struct vprep_json_document){ 0 };
}

const char *vprep_json_string(struct json_object *value)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}
