// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "message.h"
#include "results.h"

#define VERSION 1 /* of the form of the answers here */

const char *vprep_answer_code(enum vprep_code code)
{
	static const char *const words[] = {
		[VPREP_OK] = "ok",
		[VPREP_E_FAILED] = "failed",
		[VPREP_E_USAGE] = "usage",
		[VPREP_E_REFUSED] = "refused",
		[VPREP_E_NOT_FOUND] = "not-found",
		[VPREP_E_UNSUPPORTED] = "unsupported",
		[VPREP_E_NOT_VIABLE] = "not-viable",
		[VPREP_E_IN_USE] = "in-use",
		[VPREP_E_OWNED] = "owned",
		[VPREP_E_LEFT] = "left",
	};

	return (size_t)code < VPREP_ARRAY_SIZE(words) ? words[code] : "failed";
}

void vprep_answer_reasons(struct vprep_json list, const struct vprep_reasons *reasons)
{
	for (size_t i = 0; i < reasons->n; i++) {
		const struct vprep_reason *reason = &reasons->items[i];
		struct vprep_json o = vprep_json_add_object(list, NULL);

		vprep_json_add_string(o, "code", vprep_answer_code(reason->code));
		vprep_json_add_string(o, "device", reason->device);
		vprep_json_add_string(o, "message", reason->message);
		vprep_json_add_string(o, "fix", reason->fix);
	}
}

static void add_nodes(struct vprep_json o, const struct vprep_change *change)
{
	vprep_json_add_string(o, "node", change->node);
	vprep_json_add_string(o, "own_node", change->own_node);
	if (!change->node && !change->own_node)
		return;
	vprep_json_add_number(o, "uid", change->uid);
	vprep_json_add_number(o, "gid", change->gid);
	vprep_json_add_text(o, "mode", "%04o", change->mode);
}

static void add_change(struct vprep_json list, const struct vprep_change *change)
{
	struct vprep_json o = vprep_json_add_object(list, NULL);

	vprep_json_add_string(o, "device", change->device);
	vprep_json_add_string(o, "change", change->what);
	vprep_json_add_string(o, "owner", change->owner);
	if (change->group >= 0)
		vprep_json_add_number(o, "group", change->group);
	vprep_json_add_bool(o, "placeholder", change->placeholder);
	vprep_json_add_string(o, "driver_was", change->driver_was);
	vprep_json_add_string(o, "driver", change->driver);
	add_nodes(o, change);
	vprep_json_add_string(o, "parent", change->parent);
	vprep_json_add_string(o, "type", change->type);
	if (change->vfs >= 0) {
		vprep_json_add_number(o, "vfs_was", change->vfs_was);
		vprep_json_add_number(o, "vfs", change->vfs);
	}
	vprep_json_add_string(o, "file", change->file);
}

static bool wants_json(const struct vprep_call *call)
{
	return vprep_args_has(call->args, VPREP_OPT_JSON);
}

/* The answer is collected in memory. */
static bool has_answered(const struct vprep_call *call)
{
	return call->out->sent > 0 || ftell(call->out->to) > 0;
}

struct vprep_json vprep_answer_begin(const struct vprep_call *call)
{
	struct vprep_json root = vprep_json_begin_object(&call->out->json);

	vprep_json_add_number(root, "version", VERSION);
	vprep_json_add_string(root, "verb", call->args->verb->name);
	return root;
}

/* A verb that changes the host can always say what it did. False: nothing. */
static bool add_changes(const struct vprep_call *call, struct vprep_json root)
{
	_cleanup_(vprep_changes_freep) struct vprep_changes *changes = NULL;
	struct vprep_json list;

	if (call->session)
		changes = vprep_session_take_changes(call->session);
	if (!changes)
		return false;
	list = vprep_json_add_array(root, "changes");
	for (size_t i = 0; i < vprep_changes_count(changes); i++)
		add_change(list, vprep_changes_get(changes, i));
	return vprep_changes_count(changes) > 0;
}

void vprep_answer_changes(const struct vprep_call *call, const char *name)
{
	struct vprep_json root;

	if (!wants_json(call)) {
		if (name)
			fprintf(call->out->to, "%s\n", name);
		return;
	}
	if (has_answered(call) || !call->args->verb->answers_changes)
		return;
	root = vprep_answer_begin(call);
	vprep_json_add_string(root, "name", name);
	if (add_changes(call, root) && !call->out->stays)
		call->out->stays = "what was done stays done";
	vprep_out_json(call->out);
}

int vprep_answer_or_remove(const struct vprep_call *call, const char *name,
			   int (*remove)(struct vprep_session *session, const char *name,
					 struct vprep_error *err))
{
	struct vprep_error *err = call->err;
	bool left;
	int r;

	vprep_answer_changes(call, name);
	r = vprep_out_now(call->out);
	if (r == 0)
		return 0;
	left = remove(call->session, name, NULL) < 0;
	*err = (struct vprep_error){ .code = left ? VPREP_E_LEFT : VPREP_E_FAILED,
				     .number = -r };
	snprintf(err->message, sizeof(err->message),
		 "cannot write the name of %.100s to standard output: %s; %s", name,
		 strerror(-r),
		 left ? "it could not be removed again, and stays"
		      : "it was removed again");
	return r;
}

static struct vprep_json add_error(struct vprep_json root, const struct vprep_error *err,
				   int r)
{
	struct vprep_json o = vprep_json_add_object(root, "error");

	vprep_json_add_string(o, "code", vprep_answer_code(err->code));
	vprep_json_add_number(o, "errno", err->number ? err->number : -r);
	vprep_json_add_string(o, "device", *err->device ? err->device : NULL);
	vprep_json_add_string(o, "message", *err->message ? err->message : strerror(-r));
	return o;
}

/* What the request was refused for; the error is about the first of them. */
static void add_reasons(const struct vprep_call *call, struct vprep_json error)
{
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons = NULL;

	if (call->session)
		reasons = vprep_session_take_reasons(call->session);
	if (!reasons || reasons->n == 0)
		return;
	vprep_json_add_string(error, "fix", reasons->items[0].fix);
	vprep_answer_reasons(vprep_json_add_array(error, "reasons"), reasons);
}

void vprep_answer_failure(const struct vprep_call *call, int r)
{
	struct vprep_json root;

	if (!wants_json(call) || has_answered(call))
		return;
	root = vprep_answer_begin(call);
	if (call->args->verb->answers_changes)
		add_changes(call, root);
	add_reasons(call, add_error(root, call->err, r));
	vprep_out_json(call->out);
}

void vprep_answer_misuse(char *const *argv, struct vprep_out *out)
{
	struct vprep_error err = { .code = VPREP_E_USAGE, .number = EINVAL };
	struct vprep_json root;
	bool wants = false;

	for (size_t i = 1; argv[i] && strcmp(argv[i], "--") != 0; i++)
		wants |= strcmp(argv[i], "--json") == 0;
	if (!wants)
		return;
	snprintf(err.message, sizeof(err.message), "%s", vprep_message_last_usage());
	root = vprep_json_begin_object(&out->json);
	vprep_json_add_number(root, "version", VERSION);
	add_error(root, &err, -EINVAL);
	vprep_out_json(out);
}
