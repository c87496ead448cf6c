// SPDX-License-Identifier: GPL-2.0-or-later
/* mdev: mediated devices by themselves. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "created.h"
#include "table.h"
#include "verb.h"

DEFINE_CLEANUP(struct vprep_mdev_types, vprep_mdev_types_free);

static void types_json(const struct vprep_mdev_types *offers, struct vprep_out *out)
{
	struct json_object *root = vprep_json_array();

	for (size_t i = 0; i < offers->n; i++) {
		const struct vprep_mdev_type *from = &offers->items[i];
		struct json_object *o = vprep_json_append_object(root);
		struct json_object *list;

		vprep_json_add_string(o, "parent", from->parent);
		vprep_json_add_string(o, "type", from->type);
		vprep_json_add_string(o, "name", from->name);
		vprep_json_add_string(o, "description", from->description);
		vprep_json_add_string(o, "device_api", from->device_api);
		vprep_json_add_number(o, "available_instances", from->available);
		vprep_json_add_bool(o, "vgpu", from->vgpu);
		list = vprep_json_add_array(o, "instances");
		for (size_t k = 0; k < from->n_instances; k++)
			vprep_json_append_string(list, from->instances[k]);
	}
	vprep_json_print(root, out);
}

static void types_text(const struct vprep_mdev_types *offers, struct vprep_out *out)
{
	static const char *const titles[] = { "PARENT", "TYPE", "NAME", "API", "LEFT" };
	_cleanup_(vprep_table_done) struct vprep_table table = {
		.n_columns = ARRAY_SIZE(titles), .right = 1U << 4
	};

	if (offers->n == 0) {
		fputs("no driver on this host offers mediated devices\n", out->to);
		return;
	}
	vprep_table_head(&table, titles);
	for (size_t i = 0; i < offers->n; i++) {
		const struct vprep_mdev_type *o = &offers->items[i];
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

static int types(struct vprep_session *session, const struct vprep_args *args,
		 struct vprep_out *out, struct vprep_error *err)
{
	_cleanup_(vprep_mdev_types_freep) struct vprep_mdev_types *offers = NULL;
	int r = vprep_mdev_types(session, &offers, err);

	if (r < 0)
		return r;
	if (vprep_args_has(args, VPREP_OPT_JSON))
		types_json(offers, out);
	else
		types_text(offers, out);
	return 0;
}

static int create(struct vprep_session *session, const struct vprep_args *args,
		  struct vprep_out *out, struct vprep_error *err)
{
	const struct vprep_mdev_request order = {
		.type = vprep_args_value(args, VPREP_OPT_TYPE),
		.parent = vprep_args_value(args, VPREP_OPT_PARENT),
		.uuid = vprep_args_value(args, VPREP_OPT_UUID),
		.vm = vprep_args_value(args, VPREP_OPT_VM),
		.placement = vprep_args_value(args, VPREP_OPT_PLACEMENT),
		.vendor_params = vprep_args_value(args, VPREP_OPT_VENDOR_PARAMS),
	};
	_cleanup_free_ char *name = NULL;
	int r = vprep_mdev_create(session, &order, &name, err);

	return r < 0 ? r
		     : vprep_created_write(session, out, name, vprep_mdev_remove, err);
}

static int remove_one(struct vprep_session *session, const struct vprep_args *args,
		      struct vprep_out *out, struct vprep_error *err)
{
	(void)out;
	return vprep_mdev_remove(session, args->names[1], err);
}

/* An option is taken where its bit is set. */
enum { TYPES = 1 << 0, CREATE = 1 << 1, REMOVE = 1 << 2 };

static const struct {
	const char *name;
	unsigned bit;
	size_t n_names; /* besides its own */
	int (*run)(struct vprep_session *session, const struct vprep_args *args,
		   struct vprep_out *out, struct vprep_error *err);
} actions[] = {
	{ "types", TYPES, 0, types },
	{ "create", CREATE, 0, create },
	{ "remove", REMOVE, 1, remove_one },
};

static const struct {
	enum vprep_opt option;
	unsigned where;
	const char *misuse;
} places[] = {
	{ VPREP_OPT_JSON, TYPES, "--json belongs to mdev types" },
	{ VPREP_OPT_TYPE, CREATE, "--type belongs to mdev create" },
	{ VPREP_OPT_PARENT, CREATE, "--parent belongs to mdev create" },
	{ VPREP_OPT_UUID, CREATE, "--uuid belongs to mdev create" },
	{ VPREP_OPT_VM, CREATE, "--vm belongs to mdev create" },
	{ VPREP_OPT_PLACEMENT, CREATE, "--placement belongs to mdev create" },
	{ VPREP_OPT_VENDOR_PARAMS, CREATE, "--vendor-params belongs to mdev create" },
};

static size_t find_action(const struct vprep_args *args)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(actions); i++)
		if (args->n_names > 0 && strcmp(args->names[0], actions[i].name) == 0)
			break;
	return i;
}

static const char *mdev_misuse(const struct vprep_args *args)
{
	const char *placement = vprep_args_value(args, VPREP_OPT_PLACEMENT);
	size_t a = find_action(args);

	if (a == ARRAY_SIZE(actions))
		return "give types, create or remove UUID";
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (vprep_args_has(args, places[i].option) &&
		    !(places[i].where & actions[a].bit))
			return places[i].misuse;
	if (args->n_names - 1 != actions[a].n_names)
		return actions[a].n_names ? "mdev remove takes one UUID"
					  : "too many names";
	if (actions[a].bit == CREATE && !vprep_args_has(args, VPREP_OPT_TYPE))
		return "mdev create needs --type";
	if (vprep_args_has(args, VPREP_OPT_UUID) && vprep_args_has(args, VPREP_OPT_VM))
		return "give only one of --uuid and --vm";
	if (placement && strcmp(placement, "compact") != 0 &&
	    strcmp(placement, "separate") != 0)
		return "--placement is compact or separate";
	return NULL;
}

static int mdev(struct vprep_session *session, const struct vprep_args *args,
		struct vprep_out *out, struct vprep_error *err)
{
	return actions[find_action(args)].run(session, args, out, err);
}

static const struct vprep_verb_option mdev_options[] = {
	{ VPREP_OPT_TYPE, NULL },      { VPREP_OPT_PARENT, NULL },
	{ VPREP_OPT_UUID, NULL },      { VPREP_OPT_VM, NULL },
	{ VPREP_OPT_PLACEMENT, NULL }, { VPREP_OPT_VENDOR_PARAMS, NULL },
	{ VPREP_OPT_JSON, NULL },      { VPREP_OPT_END, NULL },
};

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
	.options = mdev_options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = mdev_misuse,
	.run = mdev,
};
