// SPDX-License-Identifier: GPL-2.0-or-later
/* list: the devices of the host, as a table for people or as names for scripts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/str.h"
#include "device-table.h"
#include "message.h"
#include "results.h"
#include "suggest.h"
#include "verb.h"

/* More than vprep_device_word() knows. */
#define MOST_WORDS 40

/* A device in the tree. The array of them is sorted by parent, then by name, so that the
 * children of a device follow one another. */
struct tree_node {
	const struct vprep_node_device *device;
	const char *parent; /* the name; "" if it is a root */
};

struct tree {
	struct tree_node *nodes;
	size_t n;
	FILE *to;
};

static int compare_nodes(const void *a, const void *b)
{
	const struct tree_node *x = a, *y = b;
	int r = strcmp(x->parent, y->parent);

	/* The list is sorted by name, so the address of an item tells the order. */
	return r ? r : (x->device > y->device) - (x->device < y->device);
}

/* The first child of @parent, or where it would be. */
static size_t find_children(const struct tree *tree, const char *parent)
{
	size_t low = 0, high = tree->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(tree->nodes[middle].parent, parent) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_child(const struct tree *tree, size_t i, const char *parent)
{
	return i < tree->n && strcmp(tree->nodes[i].parent, parent) == 0;
}

/* Draws the children of @parent as virsh does, each line with @indent in front. */
static void print_children(const struct tree *tree, const char *parent,
			   const char *indent)
{
	size_t i = find_children(tree, parent);

	if (is_child(tree, i, parent))
		fprintf(tree->to, "%s  |\n", indent);
	for (; is_child(tree, i, parent); i++) {
		const char *name = tree->nodes[i].device->name;
		bool last = !is_child(tree, i + 1, parent);
		_cleanup_free_ char *below =
			vprep_strf("%s  %c ", indent, last ? ' ' : '|');

		fprintf(tree->to, "%s  +- %s\n", indent, name);
		if (!below)
			vprep_message_oom();
		print_children(tree, name, below);
		if (last && !is_child(tree, find_children(tree, name), name))
			fprintf(tree->to, "%s\n", below);
	}
}

static bool is_listed(const struct vprep_node_devices *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return true;
	return false;
}

static void print_tree(const struct vprep_node_devices *list, struct vprep_out *out)
{
	struct tree tree = { .n = list->n, .to = out->to };
	const char *known = NULL, *unknown = NULL;

	tree.nodes = calloc(list->n + 1, sizeof(*tree.nodes));
	if (!tree.nodes)
		vprep_message_oom();
	for (size_t i = 0; i < list->n; i++) {
		const char *parent = list->items[i].parent;

		tree.nodes[i].device = &list->items[i];
		tree.nodes[i].parent = "";
		if (!parent)
			continue;
		/* Neighbours often have the same parent, so the last answers are kept. */
		if (known && strcmp(parent, known) == 0) {
			tree.nodes[i].parent = parent;
		} else if (!unknown || strcmp(parent, unknown) != 0) {
			if (is_listed(list, parent))
				tree.nodes[i].parent = known = parent;
			else
				unknown = parent;
		}
	}
	qsort(tree.nodes, tree.n, sizeof(*tree.nodes), compare_nodes);
	for (size_t i = 0; is_child(&tree, i, ""); i++) {
		fprintf(out->to, "%s\n", tree.nodes[i].device->name);
		print_children(&tree, tree.nodes[i].device->name, "");
	}
	free(tree.nodes);
}

static void device_json(const struct vprep_host_device *d, struct vprep_json o)
{
	vprep_json_add_string(o, "name", d->name);
	vprep_json_add_string(o, "node_name", d->node_name);
	vprep_json_add_string(o, "capability", d->capability);
	vprep_json_add_string(o, "model", d->model);
	vprep_json_add_string(o, "known_as", d->known_as);
	vprep_json_add_string(o, "driver", d->driver);
	vprep_json_add_string(o, "physfn", d->physfn);
	if (d->group >= 0)
		vprep_json_add_number(o, "group", d->group);
	if (d->numa_node >= 0)
		vprep_json_add_number(o, "numa_node", d->numa_node);
	vprep_json_add_string(o, "state", vprep_device_state_word(d->state));
	vprep_json_add_string(o, "owner", d->owner);
	vprep_json_add_string(o, "why", d->why);
}

static void print_picked(const struct vprep_host_devices *devices,
			 const struct vprep_args *args, struct vprep_out *out)
{
	bool json = vprep_args_has(args, VPREP_OPT_JSON);
	struct vprep_json list = { 0 };

	if (json)
		list = vprep_json_begin_array(&out->json);
	for (size_t i = 0; i < devices->n; i++) {
		if (!vprep_device_is_picked(&devices->items[i], args->names))
			continue;
		if (json)
			device_json(&devices->items[i],
				    vprep_json_add_object(list, NULL));
		else
			fprintf(out->to, "%s\n", devices->items[i].node_name);
	}
	if (json)
		vprep_out_json(out);
}

static int refuse_word(const char *word, struct vprep_error *err)
{
	const char *words[MOST_WORDS + 1] = { NULL };
	const char *meant;

	for (size_t i = 0; i < MOST_WORDS && vprep_device_word(i); i++)
		words[i] = vprep_device_word(i);
	meant = vprep_suggest(word, words);
	if (meant)
		return vprep_error_set(err, VPREP_E_NOT_FOUND, ENODEV, word,
				       "'%s' is no device, and no word that list knows; "
				       "did you mean '%s'?",
				       vprep_quote(word).text, meant);
	return vprep_error_set(
		err, VPREP_E_NOT_FOUND, ENODEV, word,
		"'%s' is no device, and no word that list knows: nic, gpu, "
		"nvme, storage, disk, usb, audio, bridge, pci, mdev, vdpa, vf, free, "
		"owned, mine, in-use",
		vprep_quote(word).text);
}

/* The devices that guests are given, those that the words ask for. */
static int list_picked(const struct vprep_call *call)
{
	_cleanup_(vprep_host_devices_freep) struct vprep_host_devices *devices = NULL;
	const char *idle;
	int r = vprep_host_devices(call->session, &devices, call->err);

	if (r < 0)
		return r;
	idle = vprep_device_idle_word(devices, call->args->names);
	if (idle)
		return refuse_word(idle, call->err);
	if (vprep_args_has(call->args, VPREP_OPT_JSON) ||
	    vprep_args_has(call->args, VPREP_OPT_NAMES))
		print_picked(devices, call->args, call->out);
	else
		vprep_device_table_print(devices, call->args->names, call->out);
	return 0;
}

/* Options for node devices, of which the table knows nothing. */
static bool asks_for_node_devices(const struct vprep_args *args)
{
	static const enum vprep_opt options[] = { VPREP_OPT_CAP, VPREP_OPT_BUS,
						  VPREP_OPT_INACTIVE, VPREP_OPT_ALL,
						  VPREP_OPT_TREE };

	for (size_t i = 0; i < VPREP_ARRAY_SIZE(options); i++)
		if (vprep_args_has(args, options[i]))
			return true;
	return false;
}

/* Scripts get names, as before there was a table. */
static bool wants_table(const struct vprep_args *args)
{
	return args->n_names > 0 ||
	       (isatty(STDOUT_FILENO) && !asks_for_node_devices(args) &&
		!vprep_args_has(args, VPREP_OPT_JSON) &&
		!vprep_args_has(args, VPREP_OPT_NAMES));
}

/* Who has it, where it is not there: for people alone, as scripts take the names. */
static void print_names(const struct vprep_node_devices *devices, struct vprep_out *out)
{
	bool tells = isatty(STDOUT_FILENO);

	for (size_t i = 0; i < devices->n; i++) {
		const struct vprep_node_device *d = &devices->items[i];

		fprintf(out->to, "%s%s%s\n", d->name,
			tells && d->defined_by ? "  defined by " : "",
			tells && d->defined_by ? d->defined_by : "");
	}
}

static int list_node_devices(const struct vprep_call *call)
{
	_cleanup_(vprep_node_devices_freep) struct vprep_node_devices *devices = NULL;
	const struct vprep_node_filter filter = {
		.capabilities = vprep_args_list(call->args, VPREP_OPT_CAP),
		.bus = vprep_args_value(call->args, VPREP_OPT_BUS),
		.parents = vprep_args_has(call->args, VPREP_OPT_TREE),
		.presence = vprep_args_has(call->args, VPREP_OPT_ALL) ? VPREP_NODE_ANY
			    : vprep_args_has(call->args, VPREP_OPT_INACTIVE)
				    ? VPREP_NODE_INACTIVE
				    : VPREP_NODE_ACTIVE,
	};
	_cleanup_free_ char *json = NULL;
	int r;

	if (vprep_args_has(call->args, VPREP_OPT_JSON)) {
		r = vprep_node_devices_json(call->session, &filter, &json, call->err);
		if (r == 0)
			fprintf(call->out->to, "%s\n", json);
		return r;
	}
	r = vprep_node_devices(call->session, &filter, &devices, call->err);
	if (r < 0)
		return r;
	if (filter.parents)
		print_tree(devices, call->out);
	else
		print_names(devices, call->out);
	return 0;
}

static int list(const struct vprep_call *call)
{
	return wants_table(call->args) ? list_picked(call) : list_node_devices(call);
}

static const char *misuse(const struct vprep_args *args)
{
	bool tree = vprep_args_has(args, VPREP_OPT_TREE);
	bool inactive = vprep_args_has(args, VPREP_OPT_INACTIVE);

	if (args->n_names > 0 && asks_for_node_devices(args))
		return "--cap, --bus, --inactive, --all and --tree are about all node "
		       "devices: no words besides";
	if (vprep_args_has(args, VPREP_OPT_NAMES) &&
	    (tree || vprep_args_has(args, VPREP_OPT_JSON)))
		return "--names excludes --tree and --json";
	if (tree && vprep_args_has(args, VPREP_OPT_JSON))
		return "--tree and --json exclude each other";
	if (tree && inactive)
		return "--tree and --inactive exclude each other";
	if (inactive && vprep_args_has(args, VPREP_OPT_ALL))
		return "--inactive and --all exclude each other";
	return NULL;
}

const struct vprep_verb vprep_verb_list = {
	.name = "list",
	.synopsis = "[WORD]...",
	.summary = "the host's devices: what they are, who has them",
	.about =
		"On a terminal, or with words, lists the PCI, mediated, USB, SCSI and vDPA "
		"devices: what each is, its driver, IOMMU group and NUMA node, and who has "
		"it. Words pick some: nic, gpu, nvme, storage, disk, usb, audio, bridge, "
		"pci, mdev, vdpa, vf; free, owned, mine, in-use; a name, or a pattern as '0000:05:*'. "
		"In a pipe, or with --names, lists the names of all node devices, the same "
		"ones that \"virsh nodedev-list\" lists, sorted. --json without words tells "
		"what oVirt shows of each, in the shape of VDSM's hostdevListByCaps. "
		"Mediated devices that mdevctl has defined, or a file in /etc/vfio-prep.d "
		"declares, and that are not there are inactive.",
	.example = "vfio-prep list nic free",
	.options = VPREP_TAKES(VPREP_OPT_NAMES, VPREP_OPT_CAP, VPREP_OPT_BUS,
			       VPREP_OPT_INACTIVE, VPREP_OPT_ALL, VPREP_OPT_TREE,
			       VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.option_help = { [VPREP_OPT_ALL] =
				 "devices that are defined and not there, too" },
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_OWN,
	.misuse = misuse,
	.run = list,
};
