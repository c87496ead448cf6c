// SPDX-License-Identifier: GPL-2.0-or-later
/* apply: makes the host as it is declared. */
#include <errno.h>
#include <stdio.h>

#include "answer.h"
#include "common/cleanup.h"
#include "message.h"
#include "results.h"
#include "verb.h"

#define DIFFERS 5 /* exit status */

static void differences_json(const struct vprep_differences *differences, bool applied,
			     const struct vprep_call *call)
{
	struct vprep_json root = vprep_answer_begin(call);
	struct vprep_json list;

	vprep_json_add_bool(root, "applied", applied);
	list = vprep_json_add_array(root, "differences");
	for (size_t i = 0; i < differences->n; i++) {
		const struct vprep_difference *difference = &differences->items[i];
		struct vprep_json o = vprep_json_add_object(list, NULL);

		vprep_json_add_string(o, "device", difference->device);
		vprep_json_add_string(o, "what", difference->what);
		vprep_json_add_bool(o, "missing", difference->is_missing);
	}
	vprep_out_json(call->out);
}

/* @before stands for what was or would be done about it. */
static void differences_text(const struct vprep_differences *differences,
			     const char *before, struct vprep_out *out)
{
	if (differences->n == 0)
		fputs("as declared\n", out->to);
	for (size_t i = 0; i < differences->n; i++)
		fprintf(out->to, "%s%s: %s\n",
			differences->items[i].is_missing ? "cannot be: " : before,
			differences->items[i].device, differences->items[i].what);
}

static int apply(const struct vprep_call *call)
{
	_cleanup_(vprep_differences_freep) struct vprep_differences *differences = NULL;
	bool checks = vprep_args_has(call->args, VPREP_OPT_CHECK);
	bool changes = !checks && !vprep_args_has(call->args, VPREP_OPT_DRY_RUN);
	int r;

	r = vprep_apply_declared(call->session, call->args->names[0], !changes,
				 &differences, call->err);
	if (!differences)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		differences_json(differences, changes, call);
	else
		differences_text(differences,
				 changes  ? "now as declared, was: "
				 : checks ? "differs: "
					  : "would be changed: ",
				 call->out);
	if (r == 0 && changes && differences->n > 0)
		call->out->stays = "the host is as declared, and stays so";
	return r == 0 && checks && differences->n > 0 ? DIFFERS : r;
}

static const char *misuse(const struct vprep_args *args)
{
	if (args->n_names > 1)
		return "one file is the most";
	if (vprep_args_has(args, VPREP_OPT_CHECK) &&
	    vprep_args_has(args, VPREP_OPT_DRY_RUN))
		return "--check and --dry-run are two ways to look";
	if (vprep_args_has(args, VPREP_OPT_SYSROOT) &&
	    !vprep_args_has(args, VPREP_OPT_CHECK) &&
	    !vprep_args_has(args, VPREP_OPT_DRY_RUN))
		return "a captured tree can only be looked at: add --check";
	return NULL;
}

const struct vprep_verb vprep_verb_apply = {
	.name = "apply",
	.synopsis = "[FILE]",
	.summary = "make the host as it is declared",
	.about =
		"Makes the host as the files in /etc/vfio-prep.d declare it, or as one "
		"file does: how many VFs there are and what their PFs say of them, which "
		"devices are on a driver for guests, which mediated devices and vports "
		"there are. "
		"What is so already is left alone, what was made so and is declared no "
		"more goes back, and when a step fails everything is undone.",
	.example = "vfio-prep apply --check",
	.options = VPREP_TAKES(VPREP_OPT_CHECK, VPREP_OPT_DRY_RUN, VPREP_OPT_JSON,
			       VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT | VPREP_EXIT_DIFFERS,
	.names = VPREP_NAMES_OWN,
	.changes_host = true,
	.misuse = misuse,
	.run = apply,
};
