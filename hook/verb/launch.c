// SPDX-License-Identifier: GPL-2.0-or-later
/* qemu-args and cdi: what others need to know to start a guest with devices. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "request.h"
#include "verb.h"

/* What a shell takes for itself in no place of a word. */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"

#define CDI_VERSION "0.6.0"
#define CDI_KIND "vfio-prep/device"

DEFINE_CLEANUP(struct vprep_launch, vprep_launch_free);

static int launch(struct vprep_session *session, const struct vprep_args *args,
		  struct vprep_launch **ret, struct vprep_error *err)
{
	struct vprep_request request = vprep_request_from(args);
	_cleanup_free_ char *text = NULL;
	int r = vprep_request_read(&request, args, &text, err);

	return r < 0 ? r : vprep_launch(session, &request, ret, err);
}

/* In single quotes nothing has a meaning but a single quote. */
static void print_word(const char *word, struct vprep_out *out)
{
	if (*word && !word[strspn(word, PLAIN)]) {
		fputs(word, out->to);
		return;
	}
	fputc('\'', out->to);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out->to);
		else
			fputc(*word, out->to);
	}
	fputc('\'', out->to);
}

static int qemu_args(struct vprep_session *session, const struct vprep_args *args,
		     struct vprep_out *out, struct vprep_error *err)
{
	_cleanup_(vprep_launch_freep) struct vprep_launch *l = NULL;
	struct json_object *list;
	int r = launch(session, args, &l, err);

	if (r < 0)
		return r;
	if (vprep_args_has(args, VPREP_OPT_JSON)) {
		list = vprep_json_array();
		for (size_t i = 0; l->json_words[i]; i++)
			vprep_json_append_string(list, l->json_words[i]);
		vprep_json_print(list, out);
		return 0;
	}
	for (size_t i = 0; l->words[i]; i++) {
		if (i > 0)
			fputc(' ', out->to);
		print_word(l->words[i], out);
	}
	fputc('\n', out->to);
	return 0;
}

static const struct vprep_verb_option qemu_args_options[] = {
	{ VPREP_OPT_USER, "who will run QEMU" },
	{ VPREP_OPT_DOMAIN, NULL },
	{ VPREP_OPT_JSON, NULL },
	{ VPREP_OPT_SYSROOT, NULL },
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_qemu_args = {
	.name = "qemu-args",
	.synopsis = "NAME...|--domain FILE",
	.summary = "QEMU's options for devices",
	.about =
		"Prints the options that give the devices to QEMU's guest, on one line, "
		"quoted for a shell. With --json, an array of the words, where the values "
		"of -device are JSON, as QEMU takes it since 6.2. The devices need not be "
		"attached; that iommufd can be used shows only when they are. Changes "
		"nothing.",
	.example = "qemu-system-x86_64 -m 1G $(vfio-prep qemu-args 05:10.1)",
	.options = qemu_args_options,
	.exits = VPREP_EXIT_REFUSED,
	.takes_names = true,
	.misuse = vprep_request_misuse,
	.run = qemu_args,
};

static void add_cdi_device(struct json_object *list,
			   const struct vprep_launch_device *device)
{
	struct json_object *o = vprep_json_append_object(list);
	struct json_object *edits, *nodes;

	vprep_json_add_string(o, "name", device->name);
	edits = vprep_json_add_object(o, "containerEdits");
	nodes = vprep_json_add_array(edits, "deviceNodes");
	for (size_t i = 0; device->nodes && device->nodes[i]; i++) {
		struct json_object *node = vprep_json_append_object(nodes);

		vprep_json_add_string(node, "path", device->nodes[i]);
		vprep_json_add_string(node, "permissions", "rw");
	}
}

static int cdi(struct vprep_session *session, const struct vprep_args *args,
	       struct vprep_out *out, struct vprep_error *err)
{
	_cleanup_(vprep_launch_freep) struct vprep_launch *l = NULL;
	struct json_object *root, *devices;
	int r = launch(session, args, &l, err);

	if (r < 0)
		return r;
	root = vprep_json_object();
	vprep_json_add_string(root, "cdiVersion", CDI_VERSION);
	vprep_json_add_string(root, "kind", CDI_KIND);
	devices = vprep_json_add_array(root, "devices");
	for (size_t i = 0; i < l->n_devices; i++)
		add_cdi_device(devices, &l->devices[i]);
	vprep_json_print(root, out);
	return 0;
}

static const struct vprep_verb_option cdi_options[] = {
	{ VPREP_OPT_USER, "who will use the devices in the container" },
	{ VPREP_OPT_DOMAIN, NULL },
	{ VPREP_OPT_SYSROOT, NULL },
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_cdi = {
	.name = "cdi",
	.synopsis = "NAME...|--domain FILE",
	.summary = "a CDI specification, for containers",
	.about =
		"Prints a specification for the Container Device Interface, by which podman, "
		"containerd and Kubernetes hand the devices' nodes to a container; each "
		"device is called " CDI_KIND "=NAME there. Put it into /etc/cdi or "
		"/run/cdi once the devices are attached. Changes nothing.",
	.example = "vfio-prep cdi 05:10.1 > /run/cdi/vfio-prep.json",
	.options = cdi_options,
	.exits = VPREP_EXIT_REFUSED,
	.takes_names = true,
	.misuse = vprep_request_misuse,
	.run = cdi,
};
