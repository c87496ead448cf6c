// SPDX-License-Identifier: GPL-2.0-or-later
/* plan: the steps that attach or prepare would take. */
#include <stdio.h>

#include "common/cleanup.h"
#include "request.h"
#include "results.h"
#include "table.h"
#include "verb.h"

static void plan_json(const struct vprep_plan *plan, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_object(&out->json);
	struct vprep_json list;

	vprep_json_add_string(root, "owner", plan->owner);
	list = vprep_json_add_array(root, "steps");
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct vprep_plan_step *step = &plan->steps[i];
		struct vprep_json o = vprep_json_add_object(list, NULL);

		vprep_json_add_number(o, "id", step->id);
		vprep_json_add_string(o, "kind", step->kind);
		vprep_json_add_string(o, "device", step->device);
		vprep_json_add_string(o, "detail", step->detail);
		vprep_json_add_string(o, "undo", step->undo);
	}
	vprep_out_json(out);
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

static int plan(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	_cleanup_(vprep_plan_freep) struct vprep_plan *plan = NULL;
	int r = vprep_plan(call->session, &request, &plan, call->err);

	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		plan_json(plan, call->out);
	else
		plan_text(plan, call->out);
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
	.options = VPREP_TAKES(VPREP_REQUEST_OPTIONS, VPREP_OPT_DOMAIN, VPREP_OPT_JSON,
			       VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_DEVICES,
	.run = plan,
};
