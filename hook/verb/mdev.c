// SPDX-License-Identifier: GPL-2.0-or-later
/* mdev: lists types of mediated devices, makes one, removes one. */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "common/cleanup.h"
#include "results.h"
#include "table.h"
#include "verb.h"

static void types_json(const struct vprep_mdev_types *types, struct vprep_out *out)
{
	struct vprep_json root = vprep_json_begin_array(&out->json);

	for (size_t i = 0; i < types->n; i++) {
		const struct vprep_mdev_type *from = &types->items[i];
		struct vprep_json o = vprep_json_add_object(root, NULL);
		struct vprep_json list;

		vprep_json_add_string(o, "parent", from->parent);
		vprep_json_add_string(o, "type", from->type);
		vprep_json_add_string(o, "name", from->name);
		vprep_json_add_string(o, "description", from->description);
		vprep_json_add_string(o, "device_api", from->device_api);
		vprep_json_add_number(o, "available_instances", from->available);
		vprep_json_add_bool(o, "vgpu", from->vgpu);
		list = vprep_json_add_array(o, "instances");
		for (size_t k = 0; k < from->n_instances; k++)
			vprep_json_add_string(list, NULL, from->instances[k]);
	}
	vprep_out_json(out);
}

static void types_text(const struct vprep_mdev_types *types, struct vprep_out *out)
{
	static const char *const titles[] = { "PARENT", "TYPE", "NAME", "API", "LEFT" };
	_cleanup_(vprep_table_done) struct vprep_table table = {
		.n_columns = VPREP_ARRAY_SIZE(titles), .right = 1U << 4
	};

	if (types->n == 0) {
		fputs("no driver on this host offers mediated devices\n", out->to);
		return;
	}
	vprep_table_head(&table, titles);
	for (size_t i = 0; i < types->n; i++) {
		const struct vprep_mdev_type *o = &types->items[i];
		char left[16];

		snprintf(left, sizeof(left), "%u", o->available);
		vprep_table_add(&table,
				(const char *const[]){
					o->parent, o->type, o->name ? o->name : "-",
					o->device_api ? o->device_api : "-", left });
		vprep_table_style(&table, 4,
				  o->available ? VPREP_STYLE_GOOD : VPREP_STYLE_PLAIN);
		if (o->description)
			vprep_table_note(&table, 1, "%s", o->description);
		for (size_t k = 0; k < o->n_instances; k++)
			vprep_table_note(&table, 1, "in use: %s", o->instances[k]);
	}
	vprep_table_print(&table, out);
}

static int show_types(const struct vprep_call *call)
{
	_cleanup_(vprep_mdev_types_freep) struct vprep_mdev_types *types = NULL;
	int r = vprep_mdev_types(call->session, &types, call->err);

	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		types_json(types, call->out);
	else
		types_text(types, call->out);
	return 0;
}

static int create(const struct vprep_call *call)
{
	const struct vprep_mdev_request request = {
		.type = vprep_args_value(call->args, VPREP_OPT_TYPE),
		.parent = vprep_args_value(call->args, VPREP_OPT_PARENT),
		.uuid = vprep_args_value(call->args, VPREP_OPT_UUID),
		.vm = vprep_args_value(call->args, VPREP_OPT_VM),
		.placement = vprep_args_value(call->args, VPREP_OPT_PLACEMENT),
		.vendor_params = vprep_args_value(call->args, VPREP_OPT_VENDOR_PARAMS),
	};
	_cleanup_free_ char *name = NULL;
	int r = vprep_mdev_create(call->session, &request, &name, call->err);

	return r < 0 ? r : vprep_answer_or_remove(call, name, vprep_mdev_remove);
}

static int remove_one(const struct vprep_call *call)
{
	return vprep_mdev_remove(call->session, call->args->names[1], call->err);
}

enum action { TYPES, CREATE, REMOVE, N_ACTIONS };

static const struct {
	const char *name;
	size_t n_names; /* behind the name of the action */
	int (*run)(const struct vprep_call *call);
} actions[N_ACTIONS] = {
	[TYPES] = { "types", 0, show_types },
	[CREATE] = { "create", 0, create },
	[REMOVE] = { "remove", 1, remove_one },
};

static const struct {
	enum vprep_opt option;
	enum action action;
	const char *misuse;
} belongs[] = {
	{ VPREP_OPT_TYPE, CREATE, "--type belongs to mdev create" },
	{ VPREP_OPT_PARENT, CREATE, "--parent belongs to mdev create" },
	{ VPREP_OPT_UUID, CREATE, "--uuid belongs to mdev create" },
	{ VPREP_OPT_VM, CREATE, "--vm belongs to mdev create" },
	{ VPREP_OPT_PLACEMENT, CREATE, "--placement belongs to mdev create" },
	{ VPREP_OPT_VENDOR_PARAMS, CREATE, "--vendor-params belongs to mdev create" },
};

static enum action find_action(const struct vprep_args *args)
{
	int i = TYPES;

	while (i < N_ACTIONS &&
	       (args->n_names == 0 || strcmp(args->names[0], actions[i].name) != 0))
		i++;
	return (enum action)i;
}

static const char *mdev_misuse(const struct vprep_args *args)
{
	enum action action = find_action(args);

	if (action == N_ACTIONS)
		return "give types, create or remove UUID";
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(belongs); i++)
		if (vprep_args_has(args, belongs[i].option) &&
		    belongs[i].action != action)
			return belongs[i].misuse;
	if (args->n_names - 1 != actions[action].n_names)
		return actions[action].n_names ? "mdev remove takes one UUID"
					       : "too many names";
	if (action == CREATE && !vprep_args_has(args, VPREP_OPT_TYPE))
		return "mdev create needs --type";
	if (vprep_args_has(args, VPREP_OPT_UUID) && vprep_args_has(args, VPREP_OPT_VM))
		return "give only one of --uuid and --vm";
	return NULL;
}

static int mdev(const struct vprep_call *call)
{
	return actions[find_action(call->args)].run(call);
}

const struct vprep_verb vprep_verb_mdev = {
	.name = "mdev",
	.synopsis = "types|create|remove UUID",
	.summary = "mediated devices: their types, make one, remove one",
	.about =
		"types lists the mediated devices (vGPUs and the like) that parents on "
		"this host can make, and those that exist. create makes one, on a parent "
		"that has an instance left, and prints its UUID; on newer NVIDIA drivers "
		"a virtual function becomes the vGPU, and its address is printed. remove "
		"takes away again what create made. A domain's own mediated devices are "
		"made by prepare, and need neither.",
	.example = "vfio-prep mdev create --type nvidia-11 --placement separate",
	.options = VPREP_TAKES(VPREP_OPT_TYPE, VPREP_OPT_PARENT, VPREP_OPT_UUID,
			       VPREP_OPT_VM, VPREP_OPT_PLACEMENT, VPREP_OPT_VENDOR_PARAMS,
			       VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.names = VPREP_NAMES_OWN,
	.changes_host = true,
	.answers_changes = true,
	.misuse = mdev_misuse,
	.run = mdev,
};
