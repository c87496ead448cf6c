// SPDX-License-Identifier: GPL-2.0-or-later
/* check: tells whether devices can be attached, and every reason why not. */
#include <stdio.h>

#include "answer.h"
#include "common/cleanup.h"
#include "request.h"
#include "results.h"
#include "table.h"
#include "verb.h"

#define INDENT 2

static void add_loss(struct vprep_json list, const struct vprep_loss *loss)
{
	struct vprep_json o = vprep_json_add_object(list, NULL);
	struct vprep_json names;

	vprep_json_add_string(o, "device", loss->device);
	vprep_json_add_string(o, "driver", loss->driver);
	names = vprep_json_add_array(o, "names");
	for (size_t i = 0; loss->names[i]; i++)
		vprep_json_add_string(names, NULL, loss->names[i]);
	vprep_json_add_string(o, "message", loss->message);
}

static void check_json(const struct vprep_reasons *reasons, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_object(&out->json);
	struct vprep_json list;

	vprep_json_add_bool(root, "possible", reasons->n == 0);
	list = vprep_json_add_array(root, "reasons");
	vprep_answer_reasons(list, reasons);
	if (reasons->n == 0)
		list = vprep_json_add_array(root, "losses");
	for (size_t i = 0; i < reasons->n_losses; i++)
		add_loss(list, &reasons->losses[i]);
	vprep_out_json(out);
}

static void check_text(const struct vprep_reasons *reasons, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };

	if (reasons->n == 0) {
		vprep_out_styled(out, VPREP_STYLE_GOOD, "possible");
		/* What follows is told of attach in the same words, where it has
		 * happened. */
		fputs(reasons->n_losses > 0 ? "; this would be done:\n" : "\n", out->to);
		for (size_t i = 0; i < reasons->n_losses; i++) {
			vprep_out_indent(out, INDENT);
			vprep_out_wrapped(out, INDENT, 2 * INDENT,
					  reasons->losses[i].message);
		}
		return;
	}
	vprep_out_styled(out, VPREP_STYLE_BAD, "not possible");
	fprintf(out->to, ", %zu reason%s\n", reasons->n, reasons->n == 1 ? "" : "s");
	for (size_t i = 0; i < reasons->n; i++) {
		const struct vprep_reason *reason = &reasons->items[i];

		/* There is no column for the device: the message names it. */
		vprep_table_add(&table,
				(const char *const[]){ vprep_answer_code(reason->code),
						       reason->message });
		if (reason->fix)
			vprep_table_note(&table, 1, "fix: %s", reason->fix);
	}
	vprep_table_print(&table, out);
}

static int check(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons = NULL;
	const struct vprep_error refused = { .code = VPREP_E_REFUSED };
	int r = vprep_check(call->session, &request, &reasons, call->err);

	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		check_json(reasons, call->out);
	else
		check_text(reasons, call->out);
	return reasons->n > 0 ? vprep_error_exit_status(&refused) : 0;
}

const struct vprep_verb vprep_verb_check = {
	.name = "check",
	.synopsis = "NAME...|--domain FILE",
	.summary = "can they be attached, and every reason why not",
	.about = "Examines the named devices, or those of a domain XML, and their IOMMU "
		 "groups as attach or prepare would with the same options, and lists "
		 "every reason why it would refuse, each with what to do about it; or "
		 "what the host loses, with interfaces and disks. Changes nothing.",
	.example = "vfio-prep check 0000:05:10.1 --group-policy strict",
	.options = VPREP_TAKES(VPREP_REQUEST_OPTIONS, VPREP_OPT_DOMAIN, VPREP_OPT_JSON,
			       VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_DEVICES,
	.run = check,
};
