// SPDX-License-Identifier: GPL-2.0-or-later
/* cdi: a specification for the Container Device Interface. */
#include "common/cleanup.h"
#include "request.h"
#include "results.h"
#include "verb.h"

#define CDI_VERSION "0.6.0"
#define CDI_KIND "vfio-prep/device"

static void add_cdi_device(struct vprep_json list,
			   const struct vprep_launch_device *device)
{
	struct vprep_json o = vprep_json_add_object(list, NULL);
	struct vprep_json edits, nodes;

	vprep_json_add_string(o, "name", device->name);
	edits = vprep_json_add_object(o, "containerEdits");
	nodes = vprep_json_add_array(edits, "deviceNodes");
	for (size_t i = 0; device->nodes && device->nodes[i]; i++) {
		struct vprep_json node = vprep_json_add_object(nodes, NULL);

		vprep_json_add_string(node, "path", device->nodes[i]);
		vprep_json_add_string(node, "permissions", "rw");
	}
}

static int cdi(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	_cleanup_(vprep_launch_freep) struct vprep_launch *launch = NULL;
	struct vprep_json root, devices;
	int r = vprep_launch(call->session, &request, &launch, call->err);

	if (r < 0)
		return r;
	root = vprep_json_begin_object(&call->out->json);
	vprep_json_add_string(root, "cdiVersion", CDI_VERSION);
	vprep_json_add_string(root, "kind", CDI_KIND);
	devices = vprep_json_add_array(root, "devices");
	for (size_t i = 0; i < launch->n_devices; i++)
		add_cdi_device(devices, &launch->devices[i]);
	vprep_out_json(call->out);
	return 0;
}

const struct vprep_verb vprep_verb_cdi = {
	.name = "cdi",
	.synopsis = "NAME...|--domain FILE",
	.summary = "a CDI specification, for containers",
	.about =
		"Prints a specification for the Container Device Interface, by which podman, "
		"containerd and Kubernetes hand the devices' nodes to a container; each "
		"device is called " CDI_KIND "=NAME there. Put it into /etc/cdi or "
		"/run/cdi once the devices are attached. Changes nothing.",
	.example = "mkdir -p /run/cdi && vfio-prep cdi 05:10.1 > /run/cdi/vfio-prep.json",
	.options = VPREP_TAKES(VPREP_OPT_USER, VPREP_OPT_DOMAIN, VPREP_OPT_JSON,
			       VPREP_OPT_SYSROOT),
	.option_help[VPREP_OPT_USER] = "who will use the devices in the container",
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_DEVICES,
	.run = cdi,
};
