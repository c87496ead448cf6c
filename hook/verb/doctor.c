// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: is the host set up for passthrough? */
#include <string.h>

#include "common/cleanup.h"
#include "results.h"
#include "table.h"
#include "verb.h"

static enum vprep_style style_of(const char *status)
{
	if (strcmp(status, "problem") == 0)
		return VPREP_STYLE_BAD;
	if (strcmp(status, "warning") == 0)
		return VPREP_STYLE_WARN;
	return strcmp(status, "ok") == 0 ? VPREP_STYLE_GOOD : VPREP_STYLE_PLAIN;
}

static void doctor_json(const struct vprep_diagnoses *diagnoses, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_array(&out->json);

	for (size_t i = 0; i < diagnoses->n; i++) {
		const struct vprep_diagnosis *diagnosis = &diagnoses->items[i];
		struct vprep_json o = vprep_json_add_object(root, NULL);

		vprep_json_add_string(o, "check", diagnosis->check);
		vprep_json_add_string(o, "status", diagnosis->status);
		vprep_json_add_string(o, "detail", diagnosis->detail);
		vprep_json_add_string(o, "fix", diagnosis->fix);
	}
	vprep_out_json(out);
}

static void doctor_text(const struct vprep_diagnoses *diagnoses, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 3 };

	for (size_t i = 0; i < diagnoses->n; i++) {
		const struct vprep_diagnosis *diagnosis = &diagnoses->items[i];

		vprep_table_add(&table, (const char *const[]){ diagnosis->status,
							       diagnosis->check,
							       diagnosis->detail });
		vprep_table_style(&table, 0, style_of(diagnosis->status));
		if (diagnosis->fix)
			vprep_table_note(&table, 2, "fix: %s", diagnosis->fix);
	}
	vprep_table_print(&table, out);
}

static bool has_problem(const struct vprep_diagnoses *diagnoses)
{
	for (size_t i = 0; i < diagnoses->n; i++)
		if (strcmp(diagnoses->items[i].status, "problem") == 0)
			return true;
	return false;
}

static int doctor(const struct vprep_call *call)
{
	_cleanup_(vprep_diagnoses_freep) struct vprep_diagnoses *diagnoses = NULL;
	const struct vprep_error problem = { .code = VPREP_E_REFUSED };
	int r;

	r = vprep_doctor(call->session, &diagnoses, call->err);
	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		doctor_json(diagnoses, call->out);
	else
		doctor_text(diagnoses, call->out);
	return vprep_args_has(call->args, VPREP_OPT_STRICT) && has_problem(diagnoses)
		       ? vprep_error_exit_status(&problem)
		       : 0;
}

const struct vprep_verb vprep_verb_doctor = {
	.name = "doctor",
	.synopsis = "",
	.summary = "is the host set up for passthrough, and what to fix",
	.about = "Looks at everything that passthrough needs of the host: IOMMU, "
		 "kernel modules, udev, users, the journals, libvirt's hook, SELinux and "
		 "the configuration in effect. Each check comes with what to do about "
		 "it. Problems found change the exit status only with --strict.",
	.example = "vfio-prep doctor",
	.options = VPREP_TAKES(VPREP_OPT_STRICT, VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.run = doctor,
};
