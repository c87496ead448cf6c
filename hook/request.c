// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <string.h>

static enum vprep_group_policy policy_of(const char *word)
{
	if (!word)
		return VPREP_POLICY_DEFAULT;
	return strcmp(word, "strict") == 0 ? VPREP_POLICY_STRICT : VPREP_POLICY_WHOLE;
}

struct vprep_request vprep_request_of(const struct vprep_call *call)
{
	const struct vprep_args *args = call->args;

	return (struct vprep_request){
		.names = call->document ? NULL : args->names,
		.domain = call->document,
		.domain_len = call->document_len,
		.owner = vprep_args_value(args, VPREP_OPT_OWNER),
		.user = vprep_args_value(args, VPREP_OPT_USER),
		.mode = vprep_args_value(args, VPREP_OPT_MODE),
		.driver = vprep_args_value(args, VPREP_OPT_DRIVER),
		.policy = policy_of(vprep_args_value(args, VPREP_OPT_GROUP_POLICY)),
		.force = vprep_args_has(args, VPREP_OPT_FORCE),
		.no_proof = vprep_args_has(args, VPREP_OPT_NO_PROOF),
		.memory = vprep_args_value(args, VPREP_OPT_MEMORY),
	};
}
