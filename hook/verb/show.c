// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * show: everything about one node device. For people: what it is and where, what it can,
 * what goes with it, who has it, and what would happen at attach.
 */
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/str.h"
#include "device-table.h"
#include "message.h"
#include "results.h"
#include "verb.h"

#define INDENT 2
#define MOST_REASONS 4 /* a card may have one for each of its functions */
#define TEXT_AT 15     /* the column in which what a row tells begins */

static int print_document(const struct vprep_call *call, enum vprep_node_format format)
{
	_cleanup_free_ char *text = NULL;
	int r = vprep_node_device_describe(call->session, call->args->names[0], format,
					   &text, call->err);

	if (r == 0)
		fprintf(call->out->to, format == VPREP_NODE_JSON ? "%s\n" : "%s", text);
	return r;
}

/* ---- the page ---- */

/* A row; without a label it goes on with what the one above tells. */
static void print_row(struct vprep_out *out, const char *label, enum vprep_style style,
		      const char *text)
{
	unsigned used = INDENT + (unsigned)strlen(label);
	_cleanup_free_ char *line = strdup(text);

	if (!line)
		vprep_message_oom();
	vprep_str_make_printable(line);
	vprep_out_indent(out, INDENT);
	vprep_out_styled(out, VPREP_STYLE_HEAD, label);
	vprep_out_indent(out, used < TEXT_AT ? TEXT_AT - used : 1);
	if (style == VPREP_STYLE_PLAIN) {
		vprep_out_wrapped(out, TEXT_AT, TEXT_AT, line);
		return;
	}
	vprep_out_styled(out, style, line);
	fputc('\n', out->to);
}

static void print_rowf(struct vprep_out *out, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void print_rowf(struct vprep_out *out, const char *label, const char *format, ...)
{
	va_list ap;
	_cleanup_free_ char *text = NULL;

	va_start(ap, format);
	text = vprep_vstrf(format, ap);
	va_end(ap);
	if (!text)
		vprep_message_oom();
	print_row(out, label, VPREP_STYLE_PLAIN, text);
}

/* The name that people know it by, what it is, and its other names. */
static void print_title(const struct vprep_node_device *node,
			const struct vprep_host_device *device, const char *model,
			struct vprep_out *out)
{
	const char *slash = node->path ? strrchr(node->path, '/') : NULL;
	_cleanup_free_ char *name = strdup(device  ? device->name
					   : slash ? slash + 1
						   : node->name);
	const char *other = name && streq(name, node->name) ? "" : node->name;
	const char *known_as = device ? device->known_as : "";

	if (!name)
		vprep_message_oom();
	vprep_str_make_printable(name);
	vprep_out_styled(out, VPREP_STYLE_HEAD, name);
	if (model)
		fprintf(out->to, "  %s", model);
	fputc('\n', out->to);
	if (*other || *known_as)
		print_rowf(out, "also", "%s%s%s", other, *other && *known_as ? " " : "",
			   known_as);
}

/* What the library tells, "label: text" a line; its name and model are in the title. */
static void print_facts(char *text, const struct vprep_node_device *node,
			const struct vprep_host_device *device, struct vprep_out *out)
{
	char *rest = text, *line, *model = strstr(text, "\nmodel: ");
	_cleanup_free_ char *title = NULL;

	if (model)
		title = strndup(model + strlen("\nmodel: "),
				strcspn(model + strlen("\nmodel: "), "\n"));
	if (model && !title)
		vprep_message_oom();
	print_title(node, device, title, out);
	while ((line = strsep(&rest, "\n"))) {
		char *colon = strstr(line, ": ");

		if (!colon || strncmp(line, "name: ", 6) == 0 ||
		    strncmp(line, "model: ", 7) == 0)
			continue;
		*colon = '\0';
		print_row(out, line, VPREP_STYLE_PLAIN, colon + 2);
	}
}

/* ---- what goes with it, and who has it ---- */

static void print_state(const struct vprep_host_device *d, struct vprep_out *out)
{
	switch (d->state) {
	case VPREP_HOST_DEVICE_OWNED:
		print_row(out, "who has it", VPREP_STYLE_WARN, d->owner);
		break;
	case VPREP_HOST_DEVICE_IN_USE:
		print_rowf(out, "who has it", "the host: %s", d->why);
		break;
	case VPREP_HOST_DEVICE_STAYS:
		print_rowf(out, "who has it", "it stays with the host: %s", d->why);
		break;
	case VPREP_HOST_DEVICE_HIDDEN:
		print_row(out, "who has it", VPREP_STYLE_WARN,
			  "it is taken; by whom is known to root");
		break;
	case VPREP_HOST_DEVICE_FREE:
	default:
		print_row(out, "who has it", VPREP_STYLE_GOOD, "nobody: it is free");
	}
}

static size_t count_group(const struct vprep_host_devices *devices, int group)
{
	size_t n = 0;

	for (size_t i = 0; i < devices->n; i++)
		n += devices->items[i].group == group;
	return n;
}

static void print_group(const struct vprep_host_devices *devices, int group,
			struct vprep_out *out)
{
	size_t n = count_group(devices, group);

	if (group < 0)
		return;
	if (n <= 1) {
		print_rowf(out, "group", "%d, in which nothing else is", group);
		return;
	}
	print_rowf(out, "group", "%d, whose %zu devices go together:", group, n);
	fputc('\n', out->to);
	vprep_device_table_print_group(devices, group, out);
	fputc('\n', out->to);
}

/* The checks' answer: why it cannot be attached, or what the host loses. */
static int print_check(const struct vprep_call *call, const char *name)
{
	const char *const names[] = { name, NULL };
	const struct vprep_request request = { .names = names };
	_cleanup_(vprep_reasons_freep) struct vprep_reasons *reasons = NULL;
	struct vprep_out *out = call->out;
	struct vprep_error err = { 0 };

	/* what cannot even be asked for is an answer, too */
	if (vprep_check(call->session, &request, &reasons, &err) < 0) {
		print_row(out, "attach", VPREP_STYLE_PLAIN, err.message);
		return 0;
	}
	print_row(out, "attach", reasons->n > 0 ? VPREP_STYLE_BAD : VPREP_STYLE_GOOD,
		  reasons->n > 0	  ? "not possible"
		  : reasons->n_losses > 0 ? "possible; this would be done:"
					  : "possible");
	for (size_t i = 0; i < reasons->n && i < MOST_REASONS; i++) {
		print_row(out, "", VPREP_STYLE_PLAIN, reasons->items[i].message);
		if (reasons->items[i].fix)
			print_rowf(out, "", "fix: %s", reasons->items[i].fix);
	}
	if (reasons->n > MOST_REASONS)
		print_rowf(out, "", "and %zu more reasons: vfio-prep check %s",
			   reasons->n - MOST_REASONS, name);
	for (size_t i = 0; i < reasons->n_losses; i++)
		print_row(out, "", VPREP_STYLE_PLAIN, reasons->losses[i].message);
	if (reasons->n == 0)
		print_rowf(out, "", "by: vfio-prep attach %s", name);
	return 0;
}

/* ---- what it is given with ---- */

static const struct vprep_host_device *
find_host_device(const struct vprep_host_devices *devices, const char *node_name)
{
	for (size_t i = 0; i < devices->n; i++)
		if (streq(devices->items[i].node_name, node_name))
			return &devices->items[i];
	return NULL;
}

static const char *parent_of(const struct vprep_node_devices *nodes, const char *name)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (streq(nodes->items[i].name, name))
			return nodes->items[i].parent;
	return NULL;
}

/* The nearest device above @node that guests are given; with @capability, such a one. */
static int find_carrier(const struct vprep_call *call,
			const struct vprep_host_devices *devices,
			const struct vprep_node_device *node, const char *capability,
			const struct vprep_host_device **ret)
{
	const struct vprep_node_filter filter = { .parents = true };
	_cleanup_(vprep_node_devices_freep) struct vprep_node_devices *nodes = NULL;
	const struct vprep_host_device *found = NULL;
	const char *name = node->parent;
	int r = vprep_node_devices(call->session, &filter, &nodes, call->err);

	if (r < 0)
		return r;
	for (; name; name = parent_of(nodes, name)) {
		found = find_host_device(devices, name);
		if (found && (!capability || streq(found->capability, capability)))
			break;
		found = NULL;
	}
	*ret = found;
	return 0;
}

/* Those that have a node of their own to be given, and a controller besides. */
static bool has_controller(const struct vprep_host_device *d)
{
	return streq(d->capability, "usb_device") || streq(d->capability, "scsi");
}

static int print_device(const struct vprep_call *call,
			const struct vprep_host_devices *devices,
			const struct vprep_host_device *d)
{
	bool is_mdev = streq(d->capability, "mdev"); /* its name is a UUID alone */
	_cleanup_free_ char *name = vprep_strf("%s%s", is_mdev ? "mdev_" : "", d->name);

	if (!name)
		vprep_message_oom();
	print_group(devices, d->group, call->out);
	print_state(d, call->out);
	return print_check(call, name);
}

static int print_prospects(const struct vprep_call *call,
			   const struct vprep_host_devices *devices,
			   const struct vprep_node_device *node,
			   const struct vprep_host_device *device)
{
	const struct vprep_host_device *carrier = NULL;
	int r = 0;

	if (node->is_inactive)
		return print_check(call, node->name);
	if (!device || has_controller(device))
		r = find_carrier(call, devices, node, device ? "pci" : NULL, &carrier);
	if (r == 0 && device)
		r = print_device(call, devices, device);
	if (r == 0 && !device && !carrier)
		print_row(call->out, "attach", VPREP_STYLE_PLAIN,
			  "nothing that a guest can have is behind it");
	if (r < 0 || !carrier)
		return r;
	if (device) {
		print_rowf(call->out, "",
			   "or it goes with its controller, as all that is on it: "
			   "vfio-prep attach %s",
			   carrier->name);
		return 0;
	}
	print_rowf(call->out, "given with", "%s %s", carrier->name,
		   carrier->model ? carrier->model : "");
	return print_device(call, devices, carrier);
}

static int show_page(const struct vprep_call *call)
{
	_cleanup_(vprep_node_devices_freep) struct vprep_node_devices *nodes = NULL;
	_cleanup_(vprep_host_devices_freep) struct vprep_host_devices *devices = NULL;
	const struct vprep_host_device *device;
	_cleanup_free_ char *text = NULL;
	const char *name = call->args->names[0];
	int r = vprep_node_device_find(call->session, name, &nodes, call->err);

	if (r == 0)
		r = vprep_node_device_describe(call->session, nodes->items[0].name,
					       VPREP_NODE_TEXT, &text, call->err);
	if (r == 0)
		r = vprep_host_devices(call->session, &devices, call->err);
	if (r < 0)
		return r;
	device = find_host_device(devices, nodes->items[0].name);
	print_facts(text, &nodes->items[0], device, call->out);
	return print_prospects(call, devices, &nodes->items[0], device);
}

static int show(const struct vprep_call *call)
{
	if (vprep_args_has(call->args, VPREP_OPT_XML))
		return print_document(call, VPREP_NODE_XML);
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		return print_document(call, VPREP_NODE_JSON);
	return show_page(call);
}

static const char *misuse(const struct vprep_args *args)
{
	return vprep_args_has(args, VPREP_OPT_XML) && vprep_args_has(args, VPREP_OPT_JSON)
		       ? "--xml and --json exclude each other"
		       : NULL;
}

const struct vprep_verb vprep_verb_show = {
	.name = "show",
	.synopsis = "NAME",
	.summary = "one device, what goes with it and who has it",
	.about =
		"Shows a device of the host: what it is, where it is and what it can, the "
		"members of its IOMMU group, who has it, and what attach would say. Of what "
		"is not given by itself, as a network interface, the device is shown that "
		"it is given with. The name is one that list gives, a PCI address, a "
		"network interface, a disk, or a path in sysfs. --xml is libvirt's node "
		"device XML, --json what oVirt shows.",
	.example = "vfio-prep show 05:10.1",
	.options = VPREP_TAKES(VPREP_OPT_XML, VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_ONE,
	.one_name = "one device",
	.misuse = misuse,
	.run = show,
};
