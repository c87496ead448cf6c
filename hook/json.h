/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building JSON without a check after each value: out of memory ends the program. */
#ifndef VPREP_HOOK_JSON_H
#define VPREP_HOOK_JSON_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>

#include "out.h"

struct json_object *vprep_json_object(void);
struct json_object *vprep_json_array(void);

/* A new object at the end of @array, which owns it. */
struct json_object *vprep_json_append_object(struct json_object *array);
/* A new object or array under @key of @object, which owns it. */
struct json_object *vprep_json_add_object(struct json_object *object, const char *key);
struct json_object *vprep_json_add_array(struct json_object *object, const char *key);

/* Nothing is added for a NULL @value: what is absent is never null. */
void vprep_json_add_string(struct json_object *object, const char *key,
			   const char *value);
void vprep_json_add_bool(struct json_object *object, const char *key, bool value);
void vprep_json_add_number(struct json_object *object, const char *key, int64_t value);
void vprep_json_append_string(struct json_object *array, const char *value);
void vprep_json_append_number(struct json_object *array, int64_t value);

/* Prints and releases @root. */
void vprep_json_print(struct json_object *root, struct vprep_out *out);

#endif
