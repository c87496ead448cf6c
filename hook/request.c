// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "document.h"

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

static const char *policy_misuse(const struct vprep_args *args)
{
	const char *word = vprep_args_value(args, VPREP_OPT_GROUP_POLICY);
	enum vprep_group_policy policy;

	return word && parse_policy(word, &policy) < 0
		       ? "--group-policy is whole or strict"
		       : NULL;
}

const char *vprep_request_misuse(const struct vprep_args *args)
{
	bool domain = vprep_args_has(args, VPREP_OPT_DOMAIN);

	if (args->n_names == 0 && !domain)
		return "no device named";
	if (args->n_names > 0 && domain)
		return "give device names or --domain, not both";
	return policy_misuse(args);
}

const char *vprep_request_file_misuse(const struct vprep_args *args)
{
	return args->n_names == 1 ? policy_misuse(args)
				  : "name one FILE, or - for standard input";
}

int vprep_request_read_domain(struct vprep_request *request, const char *file,
			      char **ret_text, struct vprep_error *err)
{
	int r = vprep_document_read(file, ret_text, &request->domain_len, err);

	if (r < 0)
		return r;
	request->names = NULL;
	request->domain = *ret_text;
	return 0;
}

int vprep_request_read(struct vprep_request *request, const struct vprep_args *args,
		       char **ret_text, struct vprep_error *err)
{
	const char *file = vprep_args_value(args, VPREP_OPT_DOMAIN);

	return file ? vprep_request_read_domain(request, file, ret_text, err) : 0;
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
		.memory = vprep_args_value(args, VPREP_OPT_MEMORY),
	};
	const char *word = vprep_args_value(args, VPREP_OPT_GROUP_POLICY);

	if (word)
		parse_policy(word, &request.policy);
	return request;
}
