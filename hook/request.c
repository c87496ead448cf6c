// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "common/str.h"

#define WAIT_MAX (7 * 24 * 3600u)

static enum vprep_group_policy policy_of(const char *word)
{
	if (!word)
		return VPREP_POLICY_DEFAULT;
	return strcmp(word, "strict") == 0 ? VPREP_POLICY_STRICT : VPREP_POLICY_WHOLE;
}

/* "90", "90s", "10m", "2h", as seconds. -EINVAL. */
static int parse_time(const char *text, unsigned *ret)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { '\0', 1 } };
	size_t len = strspn(text, "0123456789");
	uint64_t number;

	if (vprep_parse_u64_n(text, len, 10, WAIT_MAX, &number) < 0 ||
	    (text[len] && text[len + 1]))
		return -EINVAL;
	for (size_t i = 0; i < VPREP_ARRAY_SIZE(units); i++)
		if (text[len] == units[i].letter &&
		    number * units[i].seconds <= WAIT_MAX) {
			*ret = (unsigned)number * units[i].seconds;
			return 0;
		}
	return -EINVAL;
}

const char *vprep_request_misuse(const struct vprep_args *args)
{
	const char *text = vprep_args_value(args, VPREP_OPT_WAIT);
	unsigned seconds;

	if (text && (parse_time(text, &seconds) < 0 || seconds == 0))
		return "--wait takes a time such as 30s, 10m or 2h, at most a week";
	return NULL;
}

struct vprep_request vprep_request_of(const struct vprep_call *call)
{
	const struct vprep_args *args = call->args;
	const char *time = vprep_args_value(args, VPREP_OPT_WAIT);
	unsigned wait = 0;

	if (time)
		parse_time(time, &wait); /* vprep_request_misuse() has looked at it */
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
		.wait = wait,
		.memory = vprep_args_value(args, VPREP_OPT_MEMORY),
	};
}
