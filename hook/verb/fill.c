// SPDX-License-Identifier: GPL-2.0-or-later
/* fill: a domain XML with devices for the declared names in its metadata. */
#include <stdio.h>

#include "answer.h"
#include "common/cleanup.h"
#include "request.h"
#include "results.h"
#include "verb.h"

static void answer_json(const struct vprep_filled *filled, const struct vprep_call *call)
{
	struct vprep_json root = vprep_answer_begin(call);
	struct vprep_json list = vprep_json_add_array(root, "devices");

	for (size_t i = 0; i < filled->n; i++) {
		const struct vprep_filled_device *device = &filled->devices[i];
		struct vprep_json o = vprep_json_add_object(list, NULL);

		vprep_json_add_string(o, "name", device->name);
		vprep_json_add_string(o, "address", device->address);
		vprep_json_add_bool(o, "new", device->is_new);
	}
	vprep_json_add_string(root, "xml", filled->xml);
	vprep_out_json(call->out);
}

static int fill(const struct vprep_call *call)
{
	const struct vprep_request request = vprep_request_of(call);
	_cleanup_(vprep_filled_freep) struct vprep_filled *filled = NULL;
	int r = vprep_fill(call->session, &request, &filled, call->err);

	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		answer_json(filled, call);
	else
		fputs(filled->xml, call->out->to);
	return 0;
}

const struct vprep_verb vprep_verb_fill = {
	.name = "fill",
	.synopsis = "FILE|-",
	.summary = "a domain XML with devices for its declared names",
	.about =
		"Chooses a free device for each <vp:device name='NAME'/> in the metadata "
		"of a libvirt domain XML, and prints the XML with its address there and "
		"a <hostdev> for it; the rest stays as it is. To be done before libvirt "
		"gets the domain. Filled again, it keeps the devices that can be had "
		"still.",
	.example = "vfio-prep fill web1.xml > filled.xml && virsh define filled.xml",
	.options = VPREP_TAKES(VPREP_OPT_JSON, VPREP_OPT_SYSROOT),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_FILE,
	.run = fill,
};
