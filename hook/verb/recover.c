// SPDX-License-Identifier: GPL-2.0-or-later
/* recover: finish or undo what a crash left. */
#include <stdio.h>

#include "common/cleanup.h"
#include "results.h"
#include "table.h"
#include "verb.h"

static void recovery_json(const struct vprep_recovery *recovery, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_array(&out->json);

	for (size_t i = 0; i < recovery->n; i++) {
		struct vprep_json o = vprep_json_add_object(root, NULL);

		vprep_json_add_string(o, "owner", recovery->items[i].owner);
		vprep_json_add_bool(o, "left", recovery->items[i].left);
		vprep_json_add_string(o, "text", recovery->items[i].text);
	}
	vprep_out_json(out);
}

static void recovery_text(const struct vprep_recovery *recovery, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 3 };

	if (recovery->n == 0)
		fputs("nothing to recover\n", out->to);
	for (size_t i = 0; i < recovery->n; i++) {
		const struct vprep_recovered *item = &recovery->items[i];

		vprep_table_add(&table,
				(const char *const[]){ item->owner,
						       item->left ? "left" : "clear",
						       item->text });
		vprep_table_style(&table, 1,
				  item->left ? VPREP_STYLE_WARN : VPREP_STYLE_GOOD);
	}
	vprep_table_print(&table, out);
}

static int recover(const struct vprep_call *call)
{
	_cleanup_(vprep_recovery_freep) struct vprep_recovery *recovery = NULL;
	const struct vprep_error left = { .code = VPREP_E_LEFT };
	const char *salvaged = vprep_args_value(call->args, VPREP_OPT_SALVAGE);
	bool dry_run = vprep_args_has(call->args, VPREP_OPT_DRY_RUN);
	int r;

	r = salvaged ? vprep_salvage(call->session, salvaged, dry_run, &recovery,
				     call->err)
		     : vprep_recover(call->session, dry_run, &recovery, call->err);
	/* When something is left there is an error and a result. The result is printed. */
	if (!recovery)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		recovery_json(recovery, call->out);
	else
		recovery_text(recovery, call->out);
	if (r < 0)
		return r;
	for (size_t i = 0; i < recovery->n; i++)
		if (recovery->items[i].left)
			return vprep_error_exit_status(&left);
	return 0;
}

const struct vprep_verb vprep_verb_recover = {
	.name = "recover",
	.synopsis = "",
	.summary = "finish or undo what a crash left",
	.about = "Goes through the journal and finishes or undoes what a killed "
		 "command, a blocked kernel or an owner that died left behind, and "
		 "tells what remains. Safe to repeat. With --salvage, undoes what the "
		 "intact lines of one owner's damaged journal say, and tells what could "
		 "not be known.",
	.example = "vfio-prep recover --dry-run",
	.options = VPREP_TAKES(VPREP_OPT_SALVAGE, VPREP_OPT_DRY_RUN, VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.changes_host = true,
	.run = recover,
};
