// SPDX-License-Identifier: GPL-2.0-or-later
/* check and plan: what attach would say and do. */
#include <stddef.h>
#include <stdio.h>

#include "cleanup.h"
#include "json.h"
#include "request.h"
#include "table.h"
#include "verb.h"

DEFINE_CLEANUP(struct vprep_reasons, vprep_reasons_free);
DEFINE_CLEANUP(struct vprep_plan, vprep_plan_free);

static const struct vprep_verb_option request_options[] = {
	VPREP_REQUEST_OPTIONS,	     { VPREP_OPT_DOMAIN, NULL }, { VPREP_OPT_JSON, NULL },
	{ VPREP_OPT_SYSROOT, NULL }, { VPREP_OPT_END, NULL },
};

static const char *code_word(enum vprep_code code)
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

	return (size_t)code < ARRAY_SIZE(words) ? words[code] : "failed";
}

static void check_json(const struct vprep_reasons *reasons, struct vprep_out *out)
{
	struct json_object *root = vprep_json_object();
	struct json_object *list;

	vprep_json_add_bool(root, "possible", reasons->n == 0);
	list = vprep_json_add_array(root, "reasons");
	for (size_t i = 0; i < reasons->n; i++) {
		const struct vprep_reason *reason = &reasons->items[i];
		struct json_object *o = vprep_json_append_object(list);

		vprep_json_add_string(o, "code", code_word(reason->code));
		vprep_json_add_string(o, "device", reason->device);
		vprep_json_add_string(o, "message", reason->message);
		vprep_json_add_string(o, "fix", reason->fix);
	}
	vprep_json_print(root, out);
}

static void check_text(const struct vprep_reasons *reasons, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	if (reasons->n == 0) {
		vprep_out_styled(out, VPREP_STYLE_GOOD, "possible");
		fputc('\n', out->to);
		return;
	}
	vprep_out_styled(out, VPREP_STYLE_BAD, "not possible");
	fprintf(out->to, ", %zu reason%s\n", reasons->n, reasons->n == 1 ? "" : "s");
	for (size_t i = 0; i < reasons->n; i++) {
		const struct vprep_reason *reason = &reasons->items[i];

		/* The message names the device. */
		vprep_table_add(&table, (const char *const[]){ code_word(reason->code),
							       reason->message });
		if (reason->fix)
			vprep_table_note(&table, 1, "fix: %s", reason->fix);
	}
	vprep_table_print(&table, out);
}

static int check(struct vprep_session *session, const struct vprep_args *args,
		 struct vprep_out *out, struct vprep_error *err)
{
	struct vprep_request request = vprep_request_from(args);
	_cleanup_free_ char *text = NULL;
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons = NULL;
	const struct vprep_error refused = { .code = VPREP_E_REFUSED };
	int r;

	r = vprep_request_read(&request, args, &text, err);
	if (r == 0)
		r = vprep_check(session, &request, &reasons, err);
	if (r < 0)
		return r;
	if (vprep_args_has(args, VPREP_OPT_JSON))
		check_json(reasons, out);
	else
		check_text(reasons, out);
	return reasons->n > 0 ? vprep_error_exit_status(&refused) : 0;
}

const struct vprep_verb vprep_verb_check = {
	.name = "check",
	.synopsis = "NAME...|--domain FILE",
	.summary = "can they be attached, and every reason why not",
	.about =
		"Examines the named devices, or those of a domain XML, and their IOMMU "
		"groups as attach or prepare would with the same options, and lists every reason why it would refuse, "
		"each with what to do about it. Changes nothing.",
	.example = "vfio-prep check 0000:05:10.1 --group-policy strict",
	.options = request_options,
	.exits = VPREP_EXIT_REFUSED,
	.takes_names = true,
	.misuse = vprep_request_misuse,
	.run = check,
};

static void plan_json(const struct vprep_plan *plan, struct vprep_out *out)
{
	struct json_object *root = vprep_json_object();
	struct json_object *list;

	vprep_json_add_string(root, "owner", plan->owner);
	list = vprep_json_add_array(root, "steps");
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct vprep_plan_step *step = &plan->steps[i];
		struct json_object *o = vprep_json_append_object(list);

		vprep_json_add_number(o, "id", step->id);
		vprep_json_add_string(o, "kind", step->kind);
		vprep_json_add_string(o, "device", step->device);
		vprep_json_add_string(o, "detail", step->detail);
		vprep_json_add_string(o, "undo", step->undo);
	}
	vprep_json_print(root, out);
}

static void plan_text(const struct vprep_plan *plan, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 4,
								 .right = 1 };

	fprintf(out->to, "owner %s, %zu step%s\n", plan->owner, plan->n_steps,
		plan->n_steps == 1 ? "" : "s");
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct vprep_plan_step *step = &plan->steps[i];
		char id[16];

		snprintf(id, sizeof(id), "%u", step->id);
		vprep_table_add(&table,
				(const char *const[]){ id, step->kind, step->device,
						       step->detail });
		if (step->undo)
			vprep_table_note(&table, 3, "undo: %s", step->undo);
	}
	vprep_table_print(&table, out);
}

static int plan(struct vprep_session *session, const struct vprep_args *args,
		struct vprep_out *out, struct vprep_error *err)
{
	struct vprep_request request = vprep_request_from(args);
	_cleanup_free_ char *text = NULL;
	_cleanup_(vprep_plan_freep) struct vprep_plan *plan = NULL;
	int r;

	r = vprep_request_read(&request, args, &text, err);
	if (r == 0)
		r = vprep_plan(session, &request, &plan, err);
	if (r < 0)
		return r;
	if (vprep_args_has(args, VPREP_OPT_JSON))
		plan_json(plan, out);
	else
		plan_text(plan, out);
	return 0;
}

const struct vprep_verb vprep_verb_plan = {
	.name = "plan",
	.synopsis = "NAME...|--domain FILE",
	.summary = "the steps that attach or prepare would take",
	.about = "Lists the steps that attach would take with the same options, or "
		 "prepare for the devices of a domain XML, in "
		 "their order, and how each would be undone. Changes nothing.",
	.example = "vfio-prep plan 0000:05:10.1 --user qemu",
	.options = request_options,
	.exits = VPREP_EXIT_REFUSED,
	.takes_names = true,
	.misuse = vprep_request_misuse,
	.run = plan,
};
