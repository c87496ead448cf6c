// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"

static int parse_policy(const char *word, enum vprep_group_policy *ret)
{
	static const struct {
		const char *word;
		enum vprep_group_policy policy;
	} words[] = {
		{ "whole", VPREP_POLICY_WHOLE },
		{ "strict", VPREP_POLICY_STRICT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, word) == 0) {
			*ret = words[i].policy;
			return 0;
		}
	return -EINVAL;
}

const char *vprep_request_misuse(const struct vprep_args *args)
{
	const char *word = vprep_args_value(args, VPREP_OPT_GROUP_POLICY);
	enum vprep_group_policy policy;

	if (args->n_names == 0)
		return "no device named";
	if (word && parse_policy(word, &policy) < 0)
		return "--group-policy is whole or strict";
	return NULL;
}

struct vprep_request vprep_request_from(const struct vprep_args *args)
{
	struct vprep_request request = {
		.names = args->names,
		.owner = vprep_args_value(args, VPREP_OPT_OWNER),
		.user = vprep_args_value(args, VPREP_OPT_USER),
		.mode = vprep_args_value(args, VPREP_OPT_MODE),
		.driver = vprep_args_value(args, VPREP_OPT_DRIVER),
		.policy = VPREP_POLICY_DEFAULT,
		.force = vprep_args_has(args, VPREP_OPT_FORCE),
	};
	const char *word = vprep_args_value(args, VPREP_OPT_GROUP_POLICY);

	if (word)
		parse_policy(word, &request.policy);
	return request;
}
