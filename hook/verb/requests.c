// SPDX-License-Identifier: GPL-2.0-or-later
/* requests: what a domain XML asks of the host. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "common/str.h"
#include "message.h"
#include "table.h"
#include "verb.h"

/* A row for one request: its type, and all its other members as "key value". */
static void add_row(struct vprep_table *table, struct json_object *request)
{
	_cleanup_buf_ struct vprep_buf text = { 0 };
	const char *type = "?";

	json_object_object_foreach (request, key, value) {
		if (strcmp(key, "type") == 0)
			type = json_object_get_string(value);
		else
			vprep_buf_addf(&text, "%s%s %s", text.len ? ", " : "", key,
				       json_object_get_string(value));
	}
	if (text.failed)
		vprep_message_oom();
	vprep_table_add(table, (const char *const[]){ type, text.data });
}

static void print_table(const char *json, struct vprep_out *out)
{
	_cleanup_(vprep_table_done) struct vprep_table table = { .n_columns = 2 };
	struct json_object *list = json_tokener_parse(json);
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++)
		add_row(&table, json_object_array_get_idx(list, i));
	if (n > 0)
		vprep_table_print(&table, out);
	else
		fputs("it asks for no host device\n", out->to);
	json_object_put(list);
}

static int requests(const struct vprep_call *call)
{
	_cleanup_free_ char *json = NULL;
	int r = vprep_requests_json(call->document, call->document_len, &json, call->err);

	if (r < 0)
		return r;
	if (vprep_args_has(call->args, VPREP_OPT_JSON))
		fprintf(call->out->to, "%s\n", json);
	else
		print_table(json, call->out);
	return 0;
}

const struct vprep_verb vprep_verb_requests = {
	.name = "requests",
	.synopsis = "FILE|-",
	.summary = "what a domain XML asks of the host",
	.about =
		"Lists the host devices that a libvirt domain XML names, in its order: PCI, "
		"mediated, USB and SCSI devices, the VFs of interfaces and the NVMe "
		"controllers of disks. Looks at the document only, not at the host.",
	.example = "virsh dumpxml web1 | vfio-prep requests -",
	.options = VPREP_TAKES(VPREP_OPT_JSON),
	.exits = VPREP_EXIT_REFUSED,
	.names = VPREP_NAMES_FILE,
	.run = requests,
};
