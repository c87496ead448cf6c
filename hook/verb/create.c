// SPDX-License-Identifier: GPL-2.0-or-later
/* create and destroy: node devices in libvirt's XML. */
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "document.h"
#include "created.h"
#include "request.h"
#include "verb.h"

static int create(struct vprep_session *session, const struct vprep_args *args,
		  struct vprep_out *out, struct vprep_error *err)
{
	_cleanup_free_ char *text = NULL, *name = NULL;
	size_t len;
	int r;

	r = vprep_document_read(args->names[0], &text, &len, err);
	if (r == 0)
		r = vprep_node_device_create(session, text, len, &name, err);
	return r < 0 ? r
		     : vprep_created_write(session, out, name, vprep_node_device_destroy,
					   err);
}

static const struct vprep_verb_option options[] = {
	{ VPREP_OPT_END, NULL },
};

const struct vprep_verb vprep_verb_create = {
	.name = "create",
	.synopsis = "FILE|-",
	.summary = "make a node device of libvirt's XML",
	.about =
		"Makes what a <device> asks for, as virsh nodedev-create does, and prints "
		"its name: a mediated device on its <parent>, or a virtual port (vport, "
		"NPIV) of a fibre channel host, with WWNs of its own when it has none.",
	.example = "vfio-prep create vport.xml",
	.options = options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = vprep_request_file_misuse,
	.run = create,
};

static int destroy(struct vprep_session *session, const struct vprep_args *args,
		   struct vprep_out *out, struct vprep_error *err)
{
	(void)out;
	return vprep_node_device_destroy(session, args->names[0], err);
}

static const char *destroy_misuse(const struct vprep_args *args)
{
	return args->n_names == 1 ? NULL : "name one node device";
}

const struct vprep_verb vprep_verb_destroy = {
	.name = "destroy",
	.synopsis = "NAME",
	.summary = "remove a node device that was made",
	.about =
		"Removes a mediated device that vfio-prep made, or a vport, by the name "
		"of its SCSI host. One that an owner or the host uses is refused, and so "
		"is hardware.",
	.example = "vfio-prep destroy scsi_host9",
	.options = options,
	.exits = VPREP_EXIT_REFUSED | VPREP_EXIT_LEFT,
	.takes_names = true,
	.changes_host = true,
	.misuse = destroy_misuse,
	.run = destroy,
};
