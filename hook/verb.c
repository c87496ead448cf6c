// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb.h"

#include <string.h>

#include "common/cleanup.h"
#include "suggest.h"

const struct vprep_verb *const vprep_verbs[] = {
#define X(name) &vprep_verb_##name,
	VPREP_VERBS(X)
#undef X
		NULL,
};

const struct vprep_verb *vprep_verb_find(const char *name)
{
	for (size_t i = 0; vprep_verbs[i]; i++)
		if (strcmp(vprep_verbs[i]->name, name) == 0)
			return vprep_verbs[i];
	return NULL;
}

const char *vprep_verb_suggest(const char *name)
{
	const char *names[VPREP_ARRAY_SIZE(vprep_verbs)] = { NULL };

	for (size_t i = 0; vprep_verbs[i]; i++)
		names[i] = vprep_verbs[i]->name;
	return vprep_suggest(name, names);
}

bool vprep_verb_takes(const struct vprep_verb *verb, enum vprep_opt option)
{
	const enum vprep_opt *own = verb->options;

	while (own && *own != VPREP_OPT_END && *own != option)
		own++;
	return (own && *own == option) ||
	       vprep_opt_get(option)->place == VPREP_OPT_EVERYWHERE;
}
